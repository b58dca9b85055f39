/** The numbers of one step or sink, plain integers that /metrics reads at scrape. */
export class StepCounters {
  /** Items that reached it. */
  in = 0;
  /** Items that left it: to the next step, or out of a sink. */
  out = 0;
  /** Items that its limits or its policy threw away; what a filter refuses is neither out nor dropped. */
  dropped = 0;
  /** Expressions that failed, calls that failed: each time nothing left for that item. */
  errors = 0;
  /** Items that it holds now: in a window, a buffer, a table. */
  held = 0;
  /** Sinks only: attempts after the first. */
  retries = 0;
  /** Sinks only: items that were given up after the last attempt and written to the dead letters. */
  deadLetters = 0;
}
