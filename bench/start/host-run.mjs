// @ts-check
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Starts a whole host with one module, in this process, then unloads the module and loads it again a few times; prints
 * the times as JSON. Its argument is a {@link Plan} as JSON.
 */

/**
 * @typedef {object} Plan
 * @property {number} spawnedNs when this process was asked for, in nanoseconds of the monotonic clock
 * @property {number} loads
 *
 * @typedef {object} StartFigures
 * @property {number} first_event_ms from the spawn of this process to the module's first event of the chain
 * @property {number[]} subscribed_ms from each request to load the module to its subscription
 */

const MODULE = "first";
const EVENT_TYPE = "NewBlock";
const SAYS = "handled at ";

const { createHost } = await import("../../dist/index.js");

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
const figures = await run(plan);
process.stdout.write(`${JSON.stringify(figures)}\n`);

/**
 * @param {Plan} plan
 * @returns {Promise<StartFigures>}
 */
async function run({ spawnedNs, loads }) {
  const folder = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  const modulesDir = join(folder, "modules");
  install(modulesDir);
  let noteHandled = (/** @type {number} */ _atNs) => {};
  const handledNs = new Promise((/** @type {(atNs: number) => void} */ resolve) => {
    noteHandled = resolve;
  });
  const log = listeningLog((line) => {
    const at = line.indexOf(SAYS);
    if (at >= 0) noteHandled(Number(line.slice(at + SAYS.length)));
  });
  const host = createHost(
    {
      chain: { source: "replay", events_per_second: 0, loop: false },
      modules: { modules_dir: modulesDir, data_dir: join(folder, "data") },
      http: { port: 0 },
      sandbox: { mode: "off" },
    },
    { log },
  );
  try {
    await host.start();
    const firstEventMs = ((await handledNs) - spawnedNs) / 1e6;
    const subscribedMs = [];
    for (let n = 0; n < loads; n++) {
      await host.modules.unloadModule(MODULE);
      const startMs = performance.now();
      await host.modules.loadModule(MODULE);
      subscribedMs.push(performance.now() - startMs);
    }
    return { first_event_ms: firstEventMs, subscribed_ms: subscribedMs };
  } finally {
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} modulesDir */
function install(modulesDir) {
  const folder = join(modulesDir, MODULE);
  mkdirSync(folder, { recursive: true });
  const manifest = `name = "${MODULE}"
version = "0.1.0"
entry_point = "main.mjs"
capabilities = ["subscribe_events"]
`;
  const sdk = new URL("../../dist/sdk/bundled.js", import.meta.url).href;
  const program = `import { defineModule } from ${JSON.stringify(sdk)};

let isFirst = true;
defineModule({
  async setup(module) {
    module.on("${EVENT_TYPE}", () => {
      if (isFirst) module.log.info("${SAYS}" + process.hrtime.bigint());
      isFirst = false;
    });
    await module.subscribeEvents(["${EVENT_TYPE}"]);
  },
});
`;
  writeFileSync(join(folder, "module.toml"), manifest);
  writeFileSync(join(folder, "main.mjs"), program);
}

/**
 * A log that only listens.
 * @param {(line: string) => void} onLine
 * @returns {import("../../dist/index.js").Logger}
 */
function listeningLog(onLine) {
  const hear = (/** @type {object} */ _fields, /** @type {string} */ message) => onLine(message);
  const log = { trace: hear, debug: hear, info: hear, warn: hear, error: hear, child: () => log };
  return log;
}
