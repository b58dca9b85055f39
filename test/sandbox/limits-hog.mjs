// Takes what its configuration names, as much of it as it gets, and writes down what it got.
import { spawn } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

// Copied beside it by whoever installs it: a module in a sandbox sees nothing else.
const { defineModule } = await import(new URL("sdk.mjs", import.meta.url).href);

const MIB = 1024 * 1024;
const piece = Buffer.alloc(MIB, 1);
const held = [];

/** Calls `step` each `pauseMs`, as fast as it goes for 0, until it throws. */
function again(step, pauseMs = 0) {
  step();
  if (pauseMs === 0) setImmediate(again, step);
  else setTimeout(again, pauseMs, step, pauseMs);
}

/** Writes to a file until that is refused; tells how much there was by then. */
function fill(path) {
  const file = openSync(path, "w");
  let bytes = 0;
  try {
    for (;;) bytes += writeSync(file, piece);
  } catch (error) {
    return { code: error.code, bytes };
  } finally {
    closeSync(file);
  }
}

// With pauses, so that who looks each 10 ms sees how much there was before the end.
const objects = `const held = [];
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    held.push(new Array(1000).fill(0).map((_, n) => ({ n })));
    Atomics.wait(never, 0, 0, 1);
  }`;
const PAUSE_MS = 2;
const buffers =
  "const held = []; setInterval(() => held.push(Buffer.alloc(1024 * 1024, 1)), 50); setTimeout(() => {}, 9e5);";

const hogs = {
  neighbour() {},
  heap: () => again(() => held.push(Array.from({ length: 10_000 }, (_, n) => ({ n })))),
  buffers: () => again(() => held.push(Buffer.alloc(2 * MIB, 1)), PAUSE_MS),
  wasm() {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536 });
    again(() => {
      memory.grow(32);
      new Uint8Array(memory.buffer).subarray(-2 * MIB).fill(1);
    }, PAUSE_MS);
  },
  threads() {
    for (let n = 0; n < 3; n++) held.push(new Worker(objects, { eval: true }));
  },
  children() {
    for (let n = 0; n < 2; n++) held.push(spawn(process.execPath, ["-e", buffers], { stdio: "ignore" }));
  },
  tmp: () => fill("/tmp/full"),
  shm: () => fill("/dev/shm/full"),
  crumbs: () =>
    again(() => {
      for (let n = 0; n < 100; n++) writeFileSync(`/tmp/${held.push(0)}`, "");
    }),
  one: (dataDir) => fill(join(dataDir, "one")),
  many: (dataDir) => again(() => writeFileSync(join(dataDir, `f${held.push(0)}`), ""), 10),
  data: (dataDir) => again(() => writeFileSync(join(dataDir, `f${held.push(0)}`), piece)),
  deep: (dataDir) => void mkdirSync(join(dataDir, "f/".repeat(66)), { recursive: true }),
  closed(dataDir) {
    for (const [name, mode] of Object.entries({ closed: 0, unlisted: 0o222, untold: 0o444 })) {
      mkdirSync(join(dataDir, name));
      writeFileSync(join(dataDir, name, "file"), piece);
      chmodSync(join(dataDir, name), mode);
    }
  },
  shut: (dataDir) => chmodSync(dataDir, 0),
  // Writes on through what it opened before it closed the way there.
  behind(dataDir) {
    const files = Array.from({ length: 40 }, (_, n) => openSync(join(dataDir, `f${n}`), "w"));
    chmodSync(dataDir, 0);
    again(() => {
      for (const file of files) writeSync(file, piece);
    });
  },
  descriptors() {
    try {
      for (;;) held.push(openSync("/dev/null", "r"));
    } catch (error) {
      for (const fd of held.splice(1)) closeSync(fd);
      return { code: error.code };
    }
  },
  spinner: () =>
    again(() => {
      for (let n = 0; n < 1e7; n++);
    }),
};

defineModule({
  async setup(module) {
    const { config, data_dir: dataDir } = module.context;
    module.on("MempoolTransactionAdded", () => {});
    await module.subscribeEvents(["MempoolTransactionAdded"]);
    setTimeout(() => {
      const got = hogs[config.hog](dataDir);
      if (got !== undefined) writeFileSync(join(dataDir, "got.json"), JSON.stringify(got));
    }, 300);
  },
});
