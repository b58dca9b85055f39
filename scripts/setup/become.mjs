// @ts-check
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { SetupError } from "./setup-error.mjs";

const PARENT_CHECK_MS = 250;
const SAME_SIGNAL_MS = 300;

/**
 * Turns this process into `file`, as if Node had been started on it.
 * No child process stands between: signals and the exit code need nobody to pass them on, and killing this
 * process leaves nothing behind.
 * @param {string} file
 * @param {string[]} args
 */
export async function become(file, args) {
  if (!existsSync(file))
    throw new SetupError(`${file} is missing; run npm run build, or restore it with git`);
  hearInterruptOnce();
  if (process.env.npm_lifecycle_event !== undefined) endWithParent();
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}

/**
 * On Ctrl-C the terminal signals the whole process group and npm signals its child too, so the job would hear
 * one key press as two, which many programs take for "stop at once". The second of such a pair is swallowed.
 */
function hearInterruptOnce() {
  const emit = process.emit;
  let lastMs = Number.NEGATIVE_INFINITY;
  /** @type {(event: string | symbol, ...rest: unknown[]) => boolean} */
  const emitOnce = (event, ...rest) => {
    if (event === "SIGINT") {
      const nowMs = performance.now();
      if (nowMs - lastMs < SAME_SIGNAL_MS) return true;
      lastMs = nowMs;
    }
    return Reflect.apply(emit, process, [event, ...rest]);
  };
  Object.assign(process, { emit: emitOnce });
}

/** An npm that is killed outright can't signal its script: the script notices by its changed parent. */
function endWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, PARENT_CHECK_MS);
  timer.unref();
}
