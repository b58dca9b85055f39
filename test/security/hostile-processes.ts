import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Door } from "../../src/ipc/index.js";
import { isProcessStopped } from "../../src/supervisor/is-process-stopped.js";
import { type ManagerUnderTest, pidOf } from "../kit/host-manager.js";
import { eventually, withDeadline } from "../kit/ipc-deadline.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { WireClient } from "../kit/ipc-wire-client.js";
import { isGone } from "../kit/process-watch.js";
import { type HostileRow, row, rowAt } from "./hostile-row.js";
import { type Misbehaviour, type ProcessScene, playProcesses } from "./process-scene.js";
import { rowSize } from "./row-size.js";

const RECORDER = fileURLToPath(new URL("../fixtures/modules/recorder.js", import.meta.url));
const LEARNS_THE_END = "only who started a process learns how it ended; at the path a stream ends: H02";
const MAY_END_IT = "the host ends no process that it did not start: at the path it closes the connection";
const OUTLIVES_CLOSE = "a client of the path may close and come back: H15";

/** Signals that end a process of Node.js, the usual ones first. */
const DEADLY = [
  ...[
    "SIGKILL",
    "SIGTERM",
    "SIGSEGV",
    "SIGABRT",
    "SIGINT",
    "SIGHUP",
    "SIGQUIT",
    "SIGILL",
    "SIGBUS",
    "SIGFPE",
  ],
  ...["SIGTRAP", "SIGUSR2", "SIGALRM", "SIGSTKFLT", "SIGXCPU", "SIGVTALRM", "SIGIO", "SIGPWR", "SIGSYS"],
].filter((signal) => signal in constants.signals);

/** How a module may end, and how the host must put it. */
function endings(): readonly { readonly act: string; readonly reason: string }[] {
  const signals = DEADLY.slice(0, rowSize(DEADLY.length, 4));
  return [
    { act: "0", reason: "exited with code 0 though nobody asked it to stop" },
    { act: "1", reason: "exited with code 1" },
    ...signals.map((act) => ({ act, reason: `killed by ${act}` })),
  ];
}

function nameOf(act: string): string {
  return `ends-${act.toLowerCase()}`;
}

function misbehaving(at: Misbehaviour["at"]): Record<string, Misbehaviour> {
  return Object.fromEntries(endings().map(({ act }) => [nameOf(act), { at, act }]));
}

const stillborn = (["start", "handshake"] as const).map((at) => {
  const input = at === "start" ? "an end before the handshake" : "an end in the middle of the handshake";
  return rowAt("fd", LEARNS_THE_END, "H70", `${input}, by exit and by every signal`, () =>
    playProcesses({ misbehaving: misbehaving(at) }, async ({ host, install, lifeOf }) => {
      for (const { act } of endings()) await install(nameOf(act));
      await Promise.all(
        endings().map(async ({ act, reason }) => {
          const name = nameOf(act);
          const failure = await host.manager.loadModule(name).then(
            () => undefined,
            (error: unknown) => error as { code: string; message: string; details: { reason: string } },
          );
          expect(failure).toMatchObject({ code: "MODULE_START_FAILED", details: { reason } });
          expectThreeParts(failure?.message ?? "");
          expect(lifeOf(name)).not.toContain("ModuleLoaded");
          expect(host.bus.books.getDeliveryStats(name)).toBeUndefined();
        }),
      );
      await expectNoneLeft(host);
    }),
  );
});

const shortLived = rowAt("fd", LEARNS_THE_END, "H70", "an end at an event, by exit and by every signal", () =>
  playProcesses({ misbehaving: misbehaving("event") }, async ({ host, install, lifeOf }) => {
    const names = endings().map(({ act }) => nameOf(act));
    for (const name of names) await install(name);
    await Promise.all(names.map((name) => host.manager.loadModule(name)));
    host.publishMany(1);
    await eventually("all ends were noticed", () =>
      names.every((name) => lifeOf(name).includes("ModuleUnloaded")),
    );
    for (const { act, reason } of endings()) {
      const name = nameOf(act);
      const crash = host.published.find(
        ({ type, payload }) =>
          type === "ModuleCrashed" && "module_name" in payload && payload.module_name === name,
      );
      if (act === "0") expect(crash).toBeUndefined();
      else expect(crash?.payload).toMatchObject({ error: reason });
      expect(host.log.lines.filter(({ fields }) => fields.module === name)).toContainEqual(
        expect.objectContaining({ fields: expect.objectContaining({ reason }) }),
      );
      expect(host.stats(name)).toMatchObject({
        matched: 1,
        delivered: 0,
        failed_closed: 1,
        fate_unknown: 1,
        waiting: 0,
        in_flight: 0,
      });
    }
    await expectNoneLeft(host);
  }),
);

/** Nothing that ended is started again by itself. */
async function expectNoneLeft({ manager }: ManagerUnderTest): Promise<void> {
  expect([...manager.instances].map(({ name }) => name)).toEqual(["honest"]);
  const states = new Map((await manager.listModules()).map(({ name, state }) => [name, state]));
  expect(states.get("ends-1")).toBe("Error");
}

/** A module that writes down what it gets, started by the host or let in at the path. */
async function startRecorder(
  host: ManagerUnderTest,
  name: string,
  door: Door,
): Promise<AsyncDisposable & { readonly pid: number }> {
  if (door === "fd") {
    await host.run(name, "recorder");
    return { pid: pidOf(host, name), [Symbol.asyncDispose]: async () => {} };
  }
  await host.install(name, "recorder");
  const { env, token } = await host.manager.attachModule(name);
  const child = spawn(process.execPath, [RECORDER], {
    env: { ...env, BLVM_IPC_TOKEN: token },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(child, "exit");
  await eventually(`${name} is let in`, () => host.manager.loadedModules.some((each) => each.name === name));
  return {
    pid: child.pid as number,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

const stoppedProcess = row("H71", "SIGSTOP, and SIGCONT much later", (door) =>
  playProcesses(
    { ipc: { heartbeat_ms: 50 }, settings: { sleeper: { delivery: { capacity: 20, window: 30 } } } },
    async ({ host }) => {
      await using sleeper = await startRecorder(host, "sleeper", door);
      const { pid } = sleeper;
      process.kill(pid, "SIGSTOP");
      const silence = () =>
        host.log.lines.filter(
          ({ fields, message }) => fields.module === "sleeper" && /unresponsive/.test(message),
        );
      await eventually("its silence is reported", () => silence().length > 0);
      const seqs = host.publishMany(80);
      expect(isProcessStopped(pid)).toBe(true);
      expect(host.stats("sleeper")).toMatchObject({ in_flight: 30, waiting: 20, dropped_full: 30 });
      await eventually("the honest module keeps up meanwhile", () => host.stats("honest").delivered === 80);
      process.kill(pid, "SIGCONT");
      await eventually("it has what was kept for it", () => host.stats("sleeper").delivered === 50);
      seqs.push(...host.publishMany(1));
      await eventually("it has the next one", () => host.stats("sleeper").delivered === 51);
      const { order } = await host.recording("sleeper");
      expect(order).toEqual([...seqs.slice(0, 50).map(String), `${seqs[50]}-${seqs[79]}`, `${seqs[80]}`]);
      expect(silence()).toHaveLength(1);
      expect(host.log.messages()).toContain("module answers again");
      expect(host.stats("sleeper")).toMatchObject({
        matched: 81,
        delivered: 51,
        dropped_full: 30,
        failed: 0,
      });
    },
  ),
);

const deafToStop = rowAt("fd", MAY_END_IT, "H78", "a module that ignores stop and SIGTERM", () =>
  playProcesses(
    {
      stopTimeoutMs: 200,
      killTimeoutMs: 150,
      misbehaving: { deaf: { at: "event", act: "stay" } },
    },
    async ({ host, install, lifeOf }) => {
      await install("deaf");
      await host.manager.loadModule("deaf");
      host.publishMany(5);
      const pid = pidOf(host, "deaf");
      const startMs = performance.now();
      await withDeadline(host.manager.unloadModule("deaf"), "the end of what ignores everything").catch(
        (error) => {
          process.kill(-pid, "SIGKILL");
          throw error;
        },
      );
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(340);
      await eventually("its process is gone", () => isGone(pid));
      expect(lifeOf("deaf")).toEqual(["ModuleLoaded", "ModuleUnloaded"]);
      expect(host.log.lines).toContainEqual(
        expect.objectContaining({
          level: "warn",
          fields: expect.objectContaining({ module: "deaf" }),
          message: "module ignored the stop request and SIGTERM: killed",
        }),
      );
      // What it was sent and never acknowledged is told as lost, its fate as unknown.
      expect(host.stats("deaf")).toMatchObject({
        matched: 5,
        delivered: 0,
        failed_closed: 5,
        fate_unknown: 5,
      });
    },
  ),
);

const closedDescriptor = rowAt(
  "fd",
  OUTLIVES_CLOSE,
  "H79",
  "a module that closes descriptor 3 and runs on",
  () =>
    playProcesses(
      { misbehaving: { mute: { at: "event", act: "close" } } },
      async ({ host, install, lifeOf }) => {
        await install("mute");
        await host.manager.loadModule("mute");
        const pid = pidOf(host, "mute");
        host.publishMany(5);
        await eventually("it is given up", () => lifeOf("mute").includes("ModuleUnloaded"));
        await eventually("its process is gone", () => isGone(pid));
        expect(lifeOf("mute")).toEqual(["ModuleLoaded", "ModuleCrashed", "ModuleUnloaded"]);
        const { reason } = (await host.manager.listModules()).find(({ name }) => name === "mute") ?? {};
        expect(reason).toMatch(/^closed its connection and kept running .*; killed by SIGKILL/);
        expect(host.stats("mute")).toMatchObject({ matched: 5, failed_closed: 5, in_flight: 0, waiting: 0 });
      },
    ),
);

/** Goes through a starting module's path before the module does, and says a handshake without the token. */
async function takePath({ host }: ProcessScene, name: string): Promise<WireClient> {
  const socketDir = join(host.dataDir, ".sockets");
  const before = new Set(readdirSync(socketDir));
  let stranger: WireClient | undefined;
  const loading = host.manager.loadModule(name).catch((error: unknown) => error);
  await eventually("the stranger is in", async () => {
    const folder = readdirSync(socketDir).find((entry) => !before.has(entry));
    if (folder === undefined) return false;
    stranger = await WireClient.dial(join(socketDir, folder, "node.sock")).catch(() => undefined);
    return stranger !== undefined;
  });
  const client = stranger as WireClient;
  client.request(1, "Handshake", {
    module_id: `${name}_${"0".repeat(32)}`,
    module_name: name,
    version: "1.0.0",
    protocol: { min: 1, max: 1 },
    features: [],
  });
  await client.untilEnd();
  expect(client.refusals.map(({ code }) => code)).toEqual(["BAD_TOKEN"]);
  for (const { message } of client.refusals) expectThreeParts(message);
  expect(host.log.lines).toContainEqual({
    level: "warn",
    fields: { module: name, door: "path", code: "BAD_TOKEN", reason: expect.any(String) },
    message: "a connection was turned away",
  });
  const outcome = await loading;
  if (outcome !== undefined) throw outcome;
  return client;
}

const PRIVATE = "nobody but the module's own process can ever hold descriptor 3";

const robbedOfPath = rowAt("path", PRIVATE, "H14", "a stranger on the path of a process that starts", () =>
  playProcesses({}, async (scene) => {
    await scene.host.install("robbed", "recorder");
    await takePath(scene, "robbed");
    expect(scene.lifeOf("robbed")).toEqual(["ModuleLoaded"]);
  }),
);

const robbedOfAll = rowAt(
  "path",
  PRIVATE,
  "H14",
  "a stranger on the path of a process that knows no other",
  () =>
    playProcesses({ misbehaving: { robbed: { at: "path", act: "stay" } } }, async (scene) => {
      await scene.install("robbed");
      const failure = await takePath(scene, "robbed").catch((error: unknown) => error as Error);
      expect(failure).toMatchObject({
        code: "MODULE_START_FAILED",
        details: {
          reason: expect.stringMatching(/^was turned away at its path: .*token.*; exited with code 1$/s),
        },
      });
      expectThreeParts((failure as Error).message);
      expect(scene.lifeOf("robbed")).not.toContain("ModuleLoaded");
    }),
);

/** Hostile processes; each row starts some. */
export const processRows: readonly HostileRow[] = [
  robbedOfPath,
  robbedOfAll,
  ...stillborn,
  shortLived,
  stoppedProcess,
  deafToStop,
  closedDescriptor,
];
