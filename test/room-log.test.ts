import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { REDACTED } from "../src/redact.js";
import { redactLine } from "../src/redact-line.js";
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

  it("has each room in its documentation", () => {
    const page = readFileSync(fileURLToPath(new URL("../docs/logs.md", import.meta.url)), "utf8");
    const row = page.split("\n").find((line) => line.startsWith("| `room` |"));
    expect([...(row ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name).slice(1)).toEqual([...logRooms]);
  });

  it("leaves out what a key calls a secret, at any depth, and leaves errors whole", () => {
    const base = recordingLog();
    const log = roomLog(base, "host", new RoomLevels("info"));
    const err = Object.assign(new Error("broken"), { details: { port: 1, hosts: ["a", "b"] } });
    const settings = { url: "http://user:hunter2@node:8332", auth: { rpc_password: "hunter2" } };
    const url = "http://user:hunter2@node:8332";
    log.child({ api_key: "hunter2" }).warn({ token: "hunter2", settings, url, err, port: 1 }, "refused");
    const { fields } = base.lines[0] ?? {};
    expect(JSON.stringify(fields)).not.toContain("hunter2");
    expect(fields).toMatchObject({ api_key: REDACTED, token: REDACTED, port: 1 });
    expect(fields?.err).toBe(err);
  });

  it("leaves secrets out of sentences, errors, stacks and causes, and errors stay errors", () => {
    const base = recordingLog();
    const log = roomLog(base, "host", new RoomLevels("info"));
    const cause = new RangeError("POST http://user:hunter2@node:8332/ failed");
    const err = Object.assign(new TypeError("login with rpc_password=hunter2 failed", { cause }), {
      code: "ELOGIN",
      details: { token: "hunter2", url: "http://user:hunter2@node:8332" },
      errors: [new Error("token: hunter2")],
    });
    log.error({ err }, "the node at http://user:hunter2@node:8332 refused");
    const { fields, message } = base.lines[0] ?? {};
    const shown = fields?.err as typeof err;
    expect(message).toBe(`the node at http://${REDACTED}@node:8332 refused`);
    expect(shown).toBeInstanceOf(TypeError);
    expect(shown).toMatchObject({ message: `login with rpc_password=${REDACTED} failed`, code: "ELOGIN" });
    expect(shown.stack).toContain("room-log.test");
    expect(shown.cause).toBeInstanceOf(RangeError);
    expect(inspect(shown, { depth: 9, showHidden: true })).not.toContain("hunter2");
    expect(err.message).toContain("hunter2");
  });

  it.each([
    ["curl -H 'Authorization: Basic aHVudGVyMg=='", "curl -H 'Authorization: Basic [redacted]'"],
    ['{"Authorization":"Bearer hunter2"}', '{"Authorization":"Bearer [redacted]"}'],
    ["sent Bearer hunter2hunter2hunter2 to it", "sent Bearer [redacted] to it"],
    ['{"user":"a","password":"hunter2 and more","n":1}', '{"user":"a","password":[redacted],"n":1}'],
    ["password: hunter2", "password: [redacted]"],
    ["token: hunter2, user: a", "token: [redacted], user: a"],
    ["GET /x?api_key=hunter2&n=1", "GET /x?api_key=[redacted]&n=1"],
    ["rpc_password = 'hunter2 2' # mine", "rpc_password = [redacted] # mine"],
    ["https://u:p/w@x@host/path", "https://[redacted]@host/path"],
  ])("hides the secret of %s", (text, shown) => {
    expect(redactLine(text)).toBe(shown);
  });

  it.each([
    "blvm-streams.toml:3: http.rpc_token: a text of at least 16 characters was expected, not 3",
    "JSON-RPC at http://127.0.0.1:9332/, with the password in data/.cookie",
    "a one-time token; give it as BLVM_IPC_TOKEN, or on standard input",
    "ask somebody@example.org, or git@host:path",
    "the bearer of bad news has no authorization",
    "module token-watch is healthy again",
  ])("leaves alone what is no secret: %s", (text) => {
    expect(redactLine(text)).toBe(text);
  });

  it("is quick with any text, and survives fields that can't be read", () => {
    for (const part of [
      "password",
      "token: ",
      "authorization: ",
      "Bearer ",
      '"token": "',
      "a://b@",
      "secret.",
      "@://",
    ]) {
      const startMs = performance.now();
      redactLine(part.repeat(Math.ceil(65_536 / part.length)));
      expect(performance.now() - startMs, part).toBeLessThan(500);
    }
    const base = recordingLog();
    const round: { self?: object } = {};
    round.self = round;
    const trap = Object.defineProperty(new Error("trap"), "more", {
      get: () => {
        throw new Error("never read");
      },
    });
    roomLog(base, "host", new RoomLevels("info")).info({ round, trap, n: null }, "still written");
    expect(base.lines[0]?.fields).toMatchObject({ round: "[not shown]", trap: "[not shown]", n: null });
  });
});
