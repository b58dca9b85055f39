import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import { countNow } from "./count-now.js";
import { crammedFolder } from "./crammed-folder.js";
import { giveWay } from "./give-way.js";
import { type GuardFinding, type GuardOrder, guardLoop } from "./guard-loop.js";
import { processWrites } from "./process-writes.js";

export interface DataGuardLimits {
  readonly path: string;
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** Keeps data directories within their limits also where a look by this thread, which has other work, comes too late. */
export interface DataGuard {
  /** Begins with a module that has no process yet. */
  watch(moduleName: string, limits: DataGuardLimits): void;
  /** Resolves when the thread looks at what was told to be watched, or it failed. */
  watching(): Promise<void>;
  /** The module's program runs as this process; told again, what it started since is found. */
  noteProcess(moduleName: string, pid: number): void;
  forget(moduleName: string): void;
  /** Ends the thread; resolves when it is gone. Idempotent. */
  close(): Promise<void>;
}

/** The thread runs the text of functions, so that it needs no file beside whatever this was bundled into. */
const SCRIPT = `
const fs = require("node:fs");
const { parentPort, workerData, receiveMessageOnPort } = require("node:worker_threads");
const { constants, setPriority } = require("node:os");
const { hostPid, processors, bell } = workerData;
const countNow = ${countNow};
const processWrites = ${processWrites};
const giveWay = ${giveWay};
const crammedFolder = ${crammedFolder};
let heard = 0;
let isTold = false;
try {
  // Of this thread alone, and only root may: on a machine without time to spare it must be the first to look.
  setPriority(0, constants.priority.PRIORITY_HIGHEST);
} catch {}
(${guardLoop})({
  fs,
  processors,
  processes: processWrites(fs, hostPid),
  crammedOf: (pid) => crammedFolder(fs, pid),
  count: (order) => countNow(fs, order),
  giveWay: (pid) => giveWay({ fs, setPriority }, pid),
  signal: (pid, signal) => process.kill(pid, signal),
  nowMs: () => performance.now(),
  wait(ms) {
    if (!isTold) parentPort.postMessage("looks");
    isTold = true;
    Atomics.wait(bell, 0, heard, ms);
  },
  receive() {
    heard = Atomics.load(bell, 0);
    return receiveMessageOnPort(parentPort)?.message;
  },
  tell: (finding) => parentPort.postMessage(finding),
});
`;

/**
 * Opens a guard; its thread begins with the first module. Without it (the thread can't be started, or it fails) the
 * looks by the clock remain, and the log says so.
 * @param onBreach a module holds more than it may; its processes are killed in this moment
 */
export function openDataGuard(
  { log }: { readonly log: Logger },
  onBreach: (finding: GuardFinding) => void,
): DataGuard {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  let worker: Worker | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let noteLooks = () => {};
  let looks: Promise<void> = Promise.resolve();

  function fail(cause: unknown): void {
    noteLooks();
    worker = undefined;
    isClosed = true;
    log.error(
      { reason: errorMessage(cause) },
      "the thread that guards data directories failed: fast writers are found by the clock alone",
    );
  }

  function start(): Worker | undefined {
    try {
      const started = new Worker(SCRIPT, {
        eval: true,
        name: "data-guard",
        env: {},
        workerData: { hostPid: process.pid, processors: availableParallelism(), bell },
        resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
      });
      started.unref();
      looks = new Promise((resolve) => {
        noteLooks = resolve;
      });
      started.on("message", (message: "looks" | GuardFinding) => {
        if (message === "looks") noteLooks();
        else onBreach(message);
      });
      started.on("error", fail);
      started.once("exit", noteLooks);
      ended = new Promise((resolve) => started.once("exit", resolve));
      return started;
    } catch (cause) {
      fail(cause);
      return undefined;
    }
  }

  function send(order: GuardOrder): void {
    worker?.postMessage(order);
    Atomics.add(bell, 0, 1);
    Atomics.notify(bell, 0);
  }

  return {
    watch(name, limits) {
      if (!isClosed) worker ??= start();
      send({ kind: "watch", name, ...limits });
    },
    watching: () => looks,
    noteProcess: (name, pid) => send({ kind: "runs", name, pid }),
    forget: (name) => send({ kind: "forget", name }),
    async close() {
      isClosed = true;
      worker?.ref();
      send({ kind: "end" });
      await ended;
    },
  };
}
