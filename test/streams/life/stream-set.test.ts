import { describe, expect, it } from "vitest";
import { streamErrors } from "../../../src/streams/index.js";
import { RestartDelay } from "../../../src/streams/life/restart-delay.js";
import { count, height, stream, streamSet } from "./stream-set-kit.js";

describe("the streams of a host", () => {
  it("start with their files, and end with them", async () => {
    const { set, event, lines, settle } = streamSet();
    set.apply("a.yaml", stream("a", height));
    set.apply("b.yaml", stream("b", height));
    event(1);
    set.remove("a.yaml");
    await settle();
    event(2);
    await settle();
    expect(lines).toEqual([
      { stream: "a", text: "1" },
      { stream: "b", text: "1" },
      { stream: "b", text: "2" },
    ]);
    expect(set.list()).toMatchObject([{ name: "b", state: "running", generation: 1, intake: { in: 2 } }]);
    await set.close(AbortSignal.timeout(1000));
  });

  it("take a changed file as the next generation, with no event lost or doubled between", async () => {
    const { set, event, lines, settle } = streamSet();
    set.apply("a.yaml", stream("a", height));
    event(1);
    set.apply("a.yaml", stream("a", "- { id: height, map: 'event.payload.height * 10' }"));
    // The old generation still writes what it holds: these wait for the new one.
    event(2);
    event(3);
    await settle();
    event(4);
    await settle();
    expect(lines.map(({ text }) => text)).toEqual(["1", "20", "30", "40"]);
    const [status] = set.list();
    expect(status).toMatchObject({ generation: 2, state: "running", intake: { in: 4, dropped: 0 } });
    expect(status?.parts.find(({ id }) => id === "out")).toMatchObject({ in: 4, out: 4, held: 0 });
    await set.close(AbortSignal.timeout(1000));
  });

  it("carry what equal steps hold to the next generation where the file says so", async () => {
    for (const [onReload, expected] of [
      ["carry", ["1", "2", "300"]],
      ["flush", ["1", "2", "100"]],
    ] as const) {
      const { set, event, lines, settle } = streamSet();
      set.apply("a.yaml", stream("a", count, onReload));
      event(1);
      event(2);
      set.apply("a.yaml", stream("a", `${count}\n  - { id: more, map: 'value * 100' }`, onReload));
      await settle();
      event(3);
      await settle();
      expect(lines.map(({ text }) => text)).toEqual(expected);
      await set.close(AbortSignal.timeout(1000));
    }
  });

  it("keep the running generation when a file breaks, say where, and go on when it is mended", async () => {
    const { set, event, lines, settle, log } = streamSet();
    set.apply("a.yaml", stream("a", height));
    set.apply("a.yaml", stream("a", "- { id: height, map: 'event.payload.hight' }"));
    event(1);
    await settle();
    expect(lines).toHaveLength(1);
    const [broken] = set.list();
    expect(broken).toMatchObject({ state: "running", generation: 1 });
    expect(broken?.problems).toMatchObject([{ line: 6, path: expect.stringContaining("steps[0]") }]);
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    set.apply("a.yaml", stream("a", height));
    expect(set.list()).toMatchObject([{ generation: 1, problems: [] }]);
    await set.close(AbortSignal.timeout(1000));
  });

  it("tell a file that was never readable as broken, and run it once it is", async () => {
    const { set } = streamSet();
    set.apply("a.yaml", "version: 1\nname: [");
    expect(set.show("a.yaml")).toMatchObject({ state: "broken", generation: 0 });
    set.apply("a.yaml", stream("a", height));
    expect(set.list()).toMatchObject([{ name: "a", state: "running", generation: 1 }]);
    await set.close(AbortSignal.timeout(1000));
  });

  it("tell a file that can't be read as broken, and keep what runs of it", async () => {
    const { set, event, lines, settle } = streamSet();
    set.unreadable("a.yaml", "EACCES: permission denied");
    expect(set.show("a.yaml")).toMatchObject({
      state: "broken",
      problems: [{ found: "EACCES: permission denied", allowed: "a file that the host may read" }],
    });
    set.apply("a.yaml", stream("a", height));
    set.unreadable("a.yaml", "EACCES: permission denied");
    set.unreadable("b.yaml", "ELOOP");
    event(1);
    await settle();
    expect(lines).toHaveLength(1);
    expect(set.list()).toMatchObject([
      { name: "a", state: "running", problems: [{ line: 1 }] },
      { name: "b.yaml", state: "broken" },
    ]);
    // What comes free is not for a file without a text.
    set.remove("a.yaml");
    await settle();
    expect(set.list()).toMatchObject([{ name: "b.yaml", state: "broken", problems: [{ found: "ELOOP" }] }]);
    await set.close(AbortSignal.timeout(1000));
  });

  it("refuse a second file of the same name until the first one is gone", async () => {
    const { set, settle } = streamSet();
    set.apply("a.yaml", stream("same", height));
    set.apply("b.yaml", stream("same", height));
    expect(set.show("b.yaml").problems).toMatchObject([{ found: "name same, which a.yaml has" }]);
    set.remove("a.yaml");
    await settle();
    expect(set.list()).toMatchObject([{ name: "same", file: "b.yaml", state: "running" }]);
    await set.close(AbortSignal.timeout(1000));
  });

  it("take no more files than they may", async () => {
    const { set } = streamSet({ maxStreams: 1 });
    set.apply("a.yaml", stream("a", height));
    set.apply("b.yaml", stream("b", height));
    expect(set.show("b.yaml")).toMatchObject({ state: "broken", problems: [{ allowed: "1 streams" }] });
    await set.close(AbortSignal.timeout(1000));
  });

  it("start a stream that failed again after growing delays, and leave its neighbours alone", async () => {
    const { set, event, settle, advance, lines } = streamSet();
    set.apply(
      "bad.yaml",
      stream("bad", "- { id: boom, map: 'event.payload.none', on_error: fail }").replace(
        "event.payload.none",
        "dyn(event).payload.none",
      ),
    );
    set.apply("good.yaml", stream("good", height));
    event(1);
    await settle();
    expect(set.show("bad")).toMatchObject({ state: "restarting", restarts: 0, next_try_ms: 2000 });
    expect(set.show("bad").last_error).toContain("boom");
    advance(1000);
    expect(set.show("bad")).toMatchObject({ state: "running", restarts: 1, next_try_ms: null });
    event(2);
    await settle();
    expect(set.show("bad")).toMatchObject({ state: "restarting", restarts: 1, next_try_ms: 3000 });
    expect(lines.filter((line) => line.stream === "good")).toHaveLength(2);
    // A mended file doesn't wait for the next try.
    set.apply("bad.yaml", stream("bad", height));
    expect(set.show("bad")).toMatchObject({ state: "running", generation: 2 });
    await set.close(AbortSignal.timeout(1000));
  });

  it("answer for a stream, a step or a state that isn't there with what there is", async () => {
    const { set } = streamSet();
    set.apply("a.yaml", stream("large-fees", height));
    set.apply("b.yaml", "nothing");
    expect(() => set.show("large-fee")).toThrow(expect.objectContaining({ code: "STREAM_UNKNOWN" }));
    expect(() => set.show("large-fee")).toThrow(/did you mean large-fees/);
    expect(() => set.tap$("large-fees", "hight")).toThrow(
      expect.objectContaining({ code: "STREAM_UNKNOWN_STEP" }),
    );
    expect(() => set.tap$("b.yaml", "x")).toThrow(expect.objectContaining({ code: "STREAM_NOT_RUNNING" }));
    expect(streamErrors.STREAM_QUERY_REFUSED({ method: "stop", allowed: ["getblock"] }).code).toBe(
      "STREAM_QUERY_REFUSED",
    );
    await set.close(AbortSignal.timeout(1000));
  });
});

describe("the wait before the next try", () => {
  it("doubles from a second to a minute, spreads, and begins anew after a minute of running", () => {
    const delay = new RestartDelay(() => 0);
    const delays = Array.from({ length: 9 }, () => delay.nextMs(10));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(delay.nextMs(60_000)).toBe(1000);
    const spread = new RestartDelay(() => 0.999);
    expect(spread.nextMs(0)).toBe(1200);
  });
});
