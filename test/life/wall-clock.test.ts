import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../kit/host-until.js";
import { hostFolder, pidOfModule, publishMany, statsOf } from "../kit/host-whole.js";

const DAY_MS = 86_400_000;
const JUMP_EACH_MS = 20;
const HEARTBEAT_MS = 200;
/** Long enough for a module to be called unresponsive, if a jump were taken for time that passed. */
const PLAY_MS = 7 * HEARTBEAT_MS;
const BACKOFF_MS = 200;

describe("H82: a host whose wall clock jumps by a day, forth and back, all the time", () => {
  const realNow = Date.now;
  let jumping: NodeJS.Timeout;
  let jumps = 0;

  beforeEach(() => {
    let jumpedMs = 0;
    Date.now = () => realNow() + jumpedMs;
    jumping = setInterval(() => {
      jumpedMs = ([DAY_MS, 0, -DAY_MS] as const)[++jumps % 3] as number;
    }, JUMP_EACH_MS);
  });

  afterEach(() => {
    clearInterval(jumping);
    Date.now = realNow;
  });

  it("takes no module for unresponsive, late or stuck, and restarts one in its time", async () => {
    await using folder = await hostFolder();
    await folder.install("steady", "recorder");
    await folder.install("mortal", "recorder");
    const host = folder.host({
      ipc: { heartbeat_ms: HEARTBEAT_MS },
      modules: { mortal: { restart: { policy: "on-failure", backoff_ms: BACKOFF_MS } } },
    });
    const crashes: string[] = [];
    const loads: string[] = [];
    host.events$("ModuleCrashed").subscribe(({ payload }) => crashes.push(payload.module_name));
    host.events$("ModuleLoaded").subscribe(({ payload }) => loads.push(payload.module_name));
    await host.start();
    await host.modules.reloadModule("mortal");
    const killedAtMs = performance.now();
    process.kill(await pidOfModule(host, "mortal"), "SIGKILL");
    await until("it is back", () => loads.length === 4);
    expect(performance.now() - killedAtMs).toBeGreaterThanOrEqual(BACKOFF_MS);
    let sent = 0;
    const startMs = performance.now();
    while (performance.now() - startMs < PLAY_MS) {
      sent += publishMany(host, "MempoolTransactionAdded", 10).length;
      await until("events are handled", () => statsOf(host, "steady").delivered === sent);
    }
    await host.close();
    expect(jumps).toBeGreaterThan(PLAY_MS / JUMP_EACH_MS / 2);
    expect(crashes).toEqual(["mortal"]);
    expect(loads).toEqual(expect.arrayContaining(["steady", "mortal", "mortal", "mortal"]));
    const complaints = folder.log.lines.filter(({ level }) => level === "warn" || level === "error");
    const expected = /not signed|crash/;
    expect(complaints.filter(({ fields, message }) => fields.module && !expected.test(message))).toEqual([]);
    expect(statsOf(host, "steady")).toMatchObject({ delivered: sent, failed: 0, channel_full: 0 });
    for (const name of ["steady", "mortal"])
      expect((await folder.recording(name)).stops.at(-1)).toBe("shutdown");
  }, 120_000);
});
