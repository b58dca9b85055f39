/** What `/proc/PID/stat` says of a process, as far as the monitor asks. @see proc(5) */
export interface ProcessStat {
  /** One letter; `Z` and `X` run no more. */
  readonly state: string;
  readonly parentPid: number;
  /** Pid of the process that began the session; orphans keep it. */
  readonly sessionId: number;
  /** Clock ticks of the process and of those of its children that ended and were waited for. */
  readonly cpuTicks: number;
  /** Of these, the process' own. */
  readonly ownCpuTicks: number;
  readonly residentPages: number;
}

/** Fields of proc(5), counted from the one behind the name. */
const STATE = 0;
const PARENT = 1;
const SESSION = 3;
const OWN_TICKS = [11, 12] as const;
const CHILD_TICKS = [13, 14] as const;
const RESIDENT = 21;

/**
 * Reads a line of `/proc/PID/stat`. The name in its second field is the process' own choice and may hold spaces,
 * parentheses and line ends: the other fields follow the LAST parenthesis.
 * @returns undefined for a line that is cut or no such line
 */
export function parseStatLine(line: string): ProcessStat | undefined {
  const nameEnd = line.lastIndexOf(")");
  if (nameEnd < 0) return undefined;
  const fields = line.slice(nameEnd + 2).split(" ", RESIDENT + 2);
  const number = (index: number) => Number(fields[index]);
  const ownCpuTicks = number(OWN_TICKS[0]) + number(OWN_TICKS[1]);
  const stat: ProcessStat = {
    state: fields[STATE] ?? "",
    parentPid: number(PARENT),
    sessionId: number(SESSION),
    cpuTicks: ownCpuTicks + number(CHILD_TICKS[0]) + number(CHILD_TICKS[1]),
    ownCpuTicks,
    residentPages: number(RESIDENT),
  };
  // A field is whole when another follows it.
  const isWhole =
    fields.length === RESIDENT + 2 &&
    Number.isSafeInteger(stat.cpuTicks) &&
    Number.isSafeInteger(stat.residentPages);
  return isWhole && Number.isSafeInteger(stat.parentPid) ? stat : undefined;
}

/** Whether a process in this state has ended. */
export function hasEnded(state: string): boolean {
  return state === "Z" || state === "X";
}
