import { describe, expect, it } from "vitest";
import { REDACTED } from "../src/redact.js";
import { logLevels, logRooms, RoomLevels, roomLog } from "../src/room-log.js";
import { recordingLog } from "./kit/process-recording-log.js";

const written = ["trace", "debug", "info", "warn", "error"] as const;

describe("the log of a room", () => {
  it.each(logLevels)(
    "writes what is at least %s, in its children too, and says which room it is from",
    (level) => {
      const base = recordingLog();
      const log = roomLog(base, "bus", new RoomLevels(level));
      for (const each of written) {
        log[each]({ seq: 1 }, each);
        log.child({ module: "one" })[each]({}, `${each} of one`);
      }
      const expected = written.filter((each) => logLevels.indexOf(each) >= logLevels.indexOf(level));
      expect(base.messages()).toEqual(expected.flatMap((each) => [each, `${each} of one`]));
      for (const { fields } of base.lines) expect(fields).toHaveProperty("room", "bus");
    },
  );

  it("changes from the next line on, and leaves other rooms as they are", () => {
    const base = recordingLog();
    const levels = new RoomLevels("info", { chain: "error" });
    const [bus, chain] = [roomLog(base, "bus", levels), roomLog(base, "chain", levels)];
    const child = bus.child({ module: "one" });
    const all = (when: string) => {
      child.debug({}, `bus ${when}`);
      chain.info({}, `chain ${when}`);
    };
    all("first");
    levels.set("bus", "debug");
    all("second");
    levels.setAll("trace");
    all("third");
    levels.apply("error", { chain: "info" });
    all("last");
    expect(base.messages()).toEqual(["bus second", "bus third", "chain third", "chain last"]);
    expect(levels.all()).toEqual({
      ...Object.fromEntries(logRooms.map((room) => [room, "error"])),
      chain: "info",
    });
  });

  it("leaves out what a key calls a secret, at any depth, and leaves errors whole", () => {
    const base = recordingLog();
    const log = roomLog(base, "host", new RoomLevels("info"));
    const err = new Error("broken");
    const settings = { url: "http://user:hunter2@node:8332", auth: { rpc_password: "hunter2" } };
    log.child({ api_key: "hunter2" }).warn({ token: "hunter2", settings, err, port: 1 }, "refused");
    const { fields } = base.lines[0] ?? {};
    expect(JSON.stringify(fields)).not.toContain("hunter2");
    expect(fields).toMatchObject({ api_key: REDACTED, token: REDACTED, port: 1 });
    expect(fields?.err).toBe(err);
  });
});
