import { readdirSync, readFileSync } from "node:fs";
import type { Denial } from "../report.js";

/** Places in the line of a process; what is behind its name begins with the third. @see proc_pid_stat(5) */
const FIRST_FIELD = 3;
const SIZE_FIELD = 23;

/** Looks at a running canary as modules are looked at each second: by what the kernel tells of it to its host. */
export function watchDenial(pid: number | undefined): Denial {
  const attempt = "use memory and processor time unseen";
  const expected = "its use is seen";
  if (pid === undefined) return { attempt, expected, seen: "its process was not found", isDenied: false };
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Behind the name, which may hold anything. A small process's resident pages are told late, its size at once.
    const sizeBytes = Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[SIZE_FIELD - FIRST_FIELD]);
    readdirSync(`/proc/${pid}/fd`);
    const isDenied = sizeBytes > 0;
    return { attempt, expected, seen: isDenied ? expected : "a process without memory", isDenied };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    return { attempt, expected, seen: `/proc: ${code}`, isDenied: false };
  }
}
