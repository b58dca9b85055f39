import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type AnyEvent, exampleEvent } from "../../src/events/index.js";
import { openRecording } from "../../src/recordings/index.js";
import { startControl } from "../control/start-control.js";
import { until } from "../kit/host-until.js";
import { distUrl } from "../kit/process-dist.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { collect, recordedEvent, recordedGap, writeRecording } from "../kit/recording-files.js";
import { runCommand } from "./run-in-process.js";

const main = fileURLToPath(distUrl("cli/main.js"));

function block(seq: number): AnyEvent {
  return { seq, type: "NewBlock", payload: exampleEvent("NewBlock"), timestamp_ms: seq, source: "node" };
}

describe("record", () => {
  it("writes so many events to a file for its owner alone, and reports them", async () => {
    await using host = await startControl();
    const file = join(host.dataDir, "a.rec");
    const done = runCommand(["record", file, "--count", "3", "--json", "--data-dir", host.dataDir]);
    await until("the host is tapped", () => host.events.observed);
    for (const seq of [1, 2, 3, 4]) host.events.next(block(seq));
    const { code, stdout, stderr } = await done;
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        file,
        events: 3,
        gaps: 0,
        lost_events: 0,
        segments: 1,
        bytes: (await stat(file)).size,
        ended: "count",
      },
    ]);
    expect(stderr).toMatch(
      /^blvm-streams: 3 events recorded in .*a\.rec \(\d+ bytes\), none lost: as many as asked for\n$/,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await using recording = await openRecording(file);
    expect(await collect(recording.read())).toEqual(
      [1, 2, 3].map((seq) => ({ kind: "event", event: block(seq) })),
    );
  });

  it("tells in the file and in its report where events were lost", async () => {
    await using host = await startControl();
    const file = join(host.dataDir, "a.rec");
    const done = runCommand(["record", file, "--data-dir", host.dataDir]);
    await until("the host is tapped", () => host.events.observed);
    const error = "x".repeat(400_000);
    // Nothing is read between two events of one turn: the host's buffer runs full.
    for (let seq = 1; seq <= 12; seq++) {
      const payload = { ...exampleEvent("ModuleCrashed"), error };
      host.events.next({ seq, type: "ModuleCrashed", payload, timestamp_ms: seq, source: "node" });
    }
    await host.server.close();
    const { code, stderr } = await done;
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/\d+ lost at 1 place .*: the host has closed\n$/),
    ]);
    await using recording = await openRecording(file);
    const gaps = (await collect(recording.read())).flatMap((item) => (item.kind === "gap" ? [item.gap] : []));
    expect(gaps).toEqual([expect.objectContaining({ to_seq: 12, reason: "channel_full" })]);
    expect(gaps[0]?.count).toBe(13 - (gaps[0]?.from_seq ?? 0));
  });

  it("ends after its time, at its size, or with the host, and the file is whole each time", async () => {
    await using host = await startControl();
    const [timed, small, short] = ["timed", "small", "short"].map((name) => join(host.dataDir, name));
    const timedOut = await runCommand([
      "record",
      timed ?? "",
      "--duration",
      "1s",
      "--data-dir",
      host.dataDir,
    ]);
    expect(timedOut).toMatchObject({ code: 0, stderr: expect.stringContaining("the time is over") });
    const full = runCommand(["record", small ?? "", "--max-bytes", "1k", "--data-dir", host.dataDir]);
    await until("the host is tapped", () => host.events.observed);
    for (let seq = 1; seq <= 50; seq++) host.events.next(block(seq));
    expect(await full).toMatchObject({ code: 0, stderr: expect.stringContaining("the file is full") });
    await until("the tap is over", () => !host.events.observed);
    const wanting = runCommand(["record", short ?? "", "--count", "9", "--data-dir", host.dataDir]);
    await until("the host is tapped", () => host.events.observed);
    host.events.next(block(1));
    await host.server.close();
    expect(await wanting).toMatchObject({ code: 1, stderr: expect.stringContaining("stopped after 1 of 9") });
    for (const path of [timed, small, short]) {
      await using recording = await openRecording(path ?? "");
      expect(recording.flaw).toBeUndefined();
    }
  });

  it("refuses unknown types and a file that exists, and makes none without a host", async () => {
    await using host = await startControl();
    const file = join(host.dataDir, "a.rec");
    await writeRecording(file, []);
    const at = ["--data-dir", host.dataDir];
    expect(await runCommand(["record", file, ...at])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--force"),
    });
    const unknown = await runCommand(["record", "b.rec", "--types", "NewBlok", ...at]);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("did you mean NewBlock?") });
    const absent = join(host.dataDir, "absent.rec");
    expect((await runCommand(["record", absent, "--data-dir", join(host.dataDir, "none")])).code).toBe(1);
    await expect(stat(absent)).rejects.toMatchObject({ code: "ENOENT" });
    for (const wrong of [
      ["--duration", "5"],
      ["--max-bytes", "2T"],
      ["--count", "0"],
    ])
      expect((await runCommand(["record", "b.rec", ...wrong])).code).toBe(2);
  });

  it("tells of an event that is none of its type as of a loss, and goes on", async () => {
    await using host = await startControl();
    const file = join(host.dataDir, "a.rec");
    const done = runCommand(["record", file, "--count", "2", "--data-dir", host.dataDir]);
    await until("the host is tapped", () => host.events.observed);
    host.events.next(block(1));
    host.events.next({ ...block(2), payload: { height: -1 } } as unknown as AnyEvent);
    host.events.next(block(3));
    expect(await done).toMatchObject({ code: 0, stderr: expect.stringContaining("1 lost at 1 place") });
    await using recording = await openRecording(file);
    const [, gap] = await collect(recording.read());
    expect(gap).toEqual({ kind: "gap", gap: { from_seq: 2, to_seq: 2, count: 1, reason: "serialization" } });
  });

  it("finishes the file on Ctrl-C, and leaves a readable one when it is killed", {
    timeout: 60_000,
  }, async () => {
    await using host = await startControl();
    for (const [signal, isWhole] of [
      ["SIGINT", true],
      ["SIGKILL", false],
    ] as const) {
      const file = join(host.dataDir, `${signal}.rec`);
      const child = spawn(process.execPath, [main, "record", file, "--data-dir", host.dataDir]);
      const exited = once(child, "exit");
      const said = text(child.stderr);
      await until("the host is tapped", () => host.events.observed, 40_000);
      let seq = 0;
      const large = { ...exampleEvent("ModuleCrashed"), error: "x".repeat(600_000) };
      const publish = () =>
        host.events.next({ ...block(++seq), type: "ModuleCrashed", payload: large } as AnyEvent);
      publish();
      // Two of them make a segment.
      const hasSegment = async () => publish() ?? (await stat(file)).size > 1_000;
      if (!isWhole) await until("a segment is written", hasSegment, 40_000);
      child.kill(signal);
      expect(await exited, await said).toEqual(isWhole ? [0, null] : [null, signal]);
      await until("the tap is over", () => !host.events.observed);
      await using recording = await openRecording(file);
      expect(recording.flaw === undefined).toBe(isWhole);
      const items = await collect(recording.read());
      if (!isWhole) expect(items[0]).toMatchObject({ kind: "event", event: { seq: 1, payload: large } });
    }
  });
});

/** Large, and hardly smaller when compressed: two of them make a segment. */
function crash(seq: number): AnyEvent {
  const payload = { ...exampleEvent("ModuleCrashed"), error: randomBytes(300_000).toString("hex") };
  return { ...block(seq), type: "ModuleCrashed", payload } as AnyEvent;
}

describe("record, where its file can't be written", { timeout: 120_000 }, () => {
  it("says how many events the file holds when there is no more room, and all of them can be read", async () => {
    await using host = await startControl();
    const file = join(host.dataDir, "full.rec");
    // One segment takes some 600 kB.
    const args = ["--fsize=1000000", process.execPath, main, "record", file, "--data-dir", host.dataDir];
    const child = spawn("prlimit", args);
    try {
      const exited = once(child, "exit");
      const said = text(child.stderr);
      await until("the host is tapped", () => host.events.observed, 40_000);
      let seq = 0;
      await until(
        "the recorder gives up",
        () => {
          host.events.next(crash(++seq));
          return child.exitCode !== null;
        },
        40_000,
      );
      expect(await exited).toEqual([1, null]);
      expect(await said).toMatch(
        /^blvm-streams: 2 events were recorded before writing failed\n.*full\.rec can't be written \(EFBIG.*name another file to go on\n$/,
      );
      await using recording = await openRecording(file);
      const items = await collect(recording.read());
      expect(items.map((item) => item.kind === "event" && item.event.seq)).toEqual([1, 2]);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("leaves no file behind where not even its beginning found room", async () => {
    await using host = await startControl();
    const file = join(host.dataDir, "none.rec");
    const child = spawn("prlimit", [
      "--fsize=10",
      process.execPath,
      main,
      "record",
      file,
      "--data-dir",
      host.dataDir,
    ]);
    const said = text(child.stderr);
    expect(await once(child, "exit")).toEqual([1, null]);
    expect(await said).toContain("none.rec can't be written (EFBIG");
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("refuses a second recorder of a file, and tells the first when one replaced it by force", async () => {
    await using host = await startControl();
    const file = join(host.dataDir, "a.rec");
    const first = runCommand(["record", file, "--data-dir", host.dataDir]);
    await until("the host is tapped", () => host.events.observed);
    host.events.next(block(1));
    const second = await runCommand(["record", file, "--data-dir", host.dataDir]);
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining("a.rec exists")]);
    const third = runCommand(["record", file, "--force", "--count", "2", "--data-dir", host.dataDir]);
    await until("the file is another one", async () => (await stat(file)).ino !== 0 && host.events.observed);
    let seq = 1;
    await until("the third has what it wants", async () => {
      host.events.next(block(++seq));
      return Promise.race([
        third.then(() => true),
        new Promise<false>((done) => setTimeout(done, 20, false)),
      ]);
    });
    expect((await third).code).toBe(0);
    // Nothing more comes: it notices by itself.
    const { code, stderr } = await first;
    expect([code, stderr]).toEqual([1, expect.stringContaining("removed or replaced while it was written")]);
    await using recording = await openRecording(file);
    expect(await collect(recording.read())).toHaveLength(2);
  });
});

describe("recording show", () => {
  it("counts what a file holds", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "a.rec");
    await writeRecording(file, [
      recordedEvent(1, "NewBlock"),
      recordedGap(2, 9, 4),
      recordedEvent(10, "NewBlock"),
    ]);
    const { code, stdout } = await runCommand(["recording", "show", file, "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({
        is_whole: true,
        flaws: [],
        segments: 1,
        events: 2,
        gaps: 1,
        lost_events: 4,
        first_seq: 1,
        last_seq: 10,
        types: null,
        by_type: { NewBlock: 2 },
      }),
    ]);
    expect((await runCommand(["recording", "show", file])).stdout).toMatch(
      /is_whole +true\n(?:.*\n)*NewBlock +2\n$/,
    );
  });

  it("counts what can be read of a file that is cut, and names the flaw", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "a.rec");
    await writeRecording(file, [recordedEvent(1, "NewBlock")]);
    await truncate(file, (await stat(file)).size - 3);
    const { code, stdout } = await runCommand(["recording", "show", file, "--json"]);
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ is_whole: false, events: 1, flaws: [expect.stringContaining("index")] }),
    ]);
    expect((await runCommand(["recording", "show", join(dir.path, "absent")])).code).toBe(1);
  });
});
