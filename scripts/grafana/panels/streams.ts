import { badFrom, type Panel } from "../panel-spec.js";
import { increase, ofPipeline, rate } from "../variables.js";

const items = (direction: string) =>
  rate("blvm_pipeline_events_total", `${ofPipeline},direction=~"${direction}"`);

export const streamsUp: Panel = {
  kind: "stat",
  title: "Streams",
  description:
    "How many streams run, how many don't, and how many files there are. A stream that failed is started again within seconds.",
  unit: "none",
  queries: [
    { expr: `sum(blvm_stream_up{${ofPipeline}})`, legend: "up" },
    { expr: `sum(1 - blvm_stream_up{${ofPipeline}})`, legend: "down" },
    { expr: `count(blvm_stream_up{${ofPipeline}})`, legend: "known" },
  ],
  width: 6,
  alerts: ["BlvmStreamDown"],
  judged: /^down$/,
  steps: badFrom(1),
  whenEmpty: "no streams",
};

export const problems: Panel = {
  kind: "stat",
  title: "Problems in files",
  description:
    "What is wrong in the streams' files as they are now. The generation before runs on; blvm-streams streams lint FILE says what and where.",
  unit: "none",
  queries: [{ expr: `sum(blvm_stream_file_problems{${ofPipeline}})`, legend: "problems" }],
  width: 6,
  steps: badFrom(1),
  whenEmpty: "no streams",
};

export const deadLettersOfRange: Panel = {
  kind: "stat",
  title: "Dead letters",
  description:
    "Items that sinks gave up within the chosen time and wrote to their dead letters. Mend what the sink writes to, then read them from there.",
  unit: "short",
  queries: [
    {
      expr: `sum(increase(blvm_pipeline_dead_letters_total{${ofPipeline}}[$__range]))`,
      legend: "dead letters",
    },
  ],
  width: 6,
  steps: badFrom(1),
  whenEmpty: "no sinks",
};

export const heldNow: Panel = {
  kind: "stat",
  title: "Held",
  description: "Items that windows and sinks' buffers hold now, all together.",
  unit: "short",
  queries: [{ expr: `sum(blvm_pipeline_held_events{${ofPipeline}})`, legend: "items" }],
  width: 6,
  whenEmpty: "nothing holds items",
};

export const running: Panel = {
  kind: "states",
  title: "Runs",
  description: "Whether each stream runs. Two minutes down cover its longest pause between two starts.",
  unit: "none",
  queries: [{ expr: `min by (pipeline) (blvm_stream_up{${ofPipeline}})`, legend: "{{pipeline}}" }],
  width: 12,
  alerts: ["BlvmStreamDown"],
  states: [
    { value: 0, text: "down", colour: "red" },
    { value: 1, text: "runs", colour: "green" },
  ],
};

export const streamRestarts: Panel = {
  kind: "bars",
  title: "Starts after a failure",
  description: "How often each stream was started again. Each start has a reason in the log.",
  unit: "short",
  queries: [
    {
      expr: `sum by (pipeline) (${increase("blvm_stream_restarts_total", ofPipeline)})`,
      legend: "{{pipeline}}",
    },
  ],
  width: 12,
  losses: /./,
};

export const itemsIn: Panel = {
  kind: "lines",
  title: "Items into steps and sinks",
  description:
    "What reaches each step and sink. From one step to the next it becomes less by what the step takes out.",
  unit: "eps",
  queries: [{ expr: `sum by (pipeline, step) (${items("in")})`, legend: "{{pipeline}} {{step}}" }],
  width: 12,
};

export const itemsOut: Panel = {
  kind: "lines",
  title: "Items out of steps and sinks",
  description: "What leaves each step, and what each sink has written.",
  unit: "eps",
  queries: [{ expr: `sum by (pipeline, step) (${items("out")})`, legend: "{{pipeline}} {{step}}" }],
  width: 12,
};

export const itemsLost: Panel = {
  kind: "lines",
  title: "Items lost",
  description:
    "dropped: a bound or a policy of the step let the item go. error: the step or the sink failed on it. A step with a policy may drop now and then; without a pause it is a bound that is too small, or a broken sink.",
  unit: "eps",
  queries: [
    {
      expr: `sum by (pipeline, step, direction) (${items("dropped|error")})`,
      legend: "{{pipeline}} {{step}} {{direction}}",
    },
  ],
  width: 12,
  alerts: ["BlvmStreamLosesItems"],
  losses: /./,
};

export const held: Panel = {
  kind: "lines",
  title: "Items held",
  description:
    "What each step's window and each sink's buffer hold. A buffer that fills is a sink that is too slow.",
  unit: "short",
  queries: [
    {
      expr: `sum by (pipeline, step) (blvm_pipeline_held_events{${ofPipeline}})`,
      legend: "{{pipeline}} {{step}}",
    },
  ],
  width: 12,
  whenEmpty: "nothing holds items",
};

export const retries: Panel = {
  kind: "bars",
  title: "Further attempts of sinks",
  description: "Attempts of each sink after its first. They come before dead letters.",
  unit: "short",
  queries: [
    {
      expr: `sum by (pipeline, sink) (${increase("blvm_pipeline_sink_retries_total", ofPipeline)})`,
      legend: "{{pipeline}} {{sink}}",
    },
  ],
  width: 12,
};

export const deadLetters: Panel = {
  kind: "bars",
  title: "Dead letters by sink",
  description: "Items that each sink gave up. They are in its dead letters, not gone.",
  unit: "short",
  queries: [
    {
      expr: `sum by (pipeline, sink) (${increase("blvm_pipeline_dead_letters_total", ofPipeline)})`,
      legend: "{{pipeline}} {{sink}}",
    },
  ],
  width: 12,
  losses: /./,
};

export const generations: Panel = {
  kind: "lines",
  title: "Generation of the file",
  description:
    "Which version of each stream's file runs, from 1; 0 when none could be read. A step up is a file that was changed.",
  unit: "none",
  queries: [{ expr: `max by (pipeline) (blvm_stream_generation{${ofPipeline}})`, legend: "{{pipeline}}" }],
  width: 12,
};

export const fileProblems: Panel = {
  kind: "lines",
  title: "Problems by file",
  description: "Each file's problems as it is now; an older generation runs on then.",
  unit: "none",
  queries: [{ expr: `max by (pipeline) (blvm_stream_file_problems{${ofPipeline}})`, legend: "{{pipeline}}" }],
  width: 12,
};
