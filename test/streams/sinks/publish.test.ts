import { describe, expect, it } from "vitest";
import type { EventType } from "../../../src/events/index.js";
import type { SinkPorts } from "../../../src/streams/sink.js";
import { bufferedSink, numbered, prepareSink } from "../../kit/streams-sink.js";

const payload = {
  action_id: "string(value.id)",
  action_type: '"alarm"',
  target: '"all"',
  success: "value.ok",
};

function publishing(options: object) {
  const published: unknown[] = [];
  const publish: NonNullable<SinkPorts["publish"]> = (type: EventType, made: unknown, hops: number) =>
    published.push({ type, payload: made, hops });
  const opened = bufferedSink(
    "publish",
    { type: "ActionExecuted", payload, ...options },
    { ports: { publish } },
  );
  return { ...opened, published };
}

describe("The publish sink", () => {
  it("publishes each item as an event with the fields of its expressions, one hop further", () => {
    const { buffer, counters, published } = publishing({});
    buffer.offer({ ...numbered(1, { id: "x", ok: true }), hops: 2 });
    expect(published).toEqual([
      {
        type: "ActionExecuted",
        payload: { action_id: "x", action_type: "alarm", target: "all", success: true },
        hops: 3,
      },
    ]);
    expect(counters).toMatchObject({ in: 1, out: 1, errors: 0 });
  });

  it("takes a payload from one expression that makes a map", () => {
    const { buffer, published } = publishing({
      payload: '{"action_id": "1", "action_type": "a", "target": "all", "success": value.ok}',
    });
    buffer.offer(numbered(1, { ok: false }));
    expect(published).toMatchObject([{ payload: { action_id: "1", success: false } }]);
  });

  it("refuses at run time a payload that doesn't fit its type, and goes on", () => {
    const { buffer, counters, published, log } = publishing({});
    buffer.offer(numbered(1, { id: "x", ok: "yes" }));
    buffer.offer(numbered(2, { id: "y", ok: true }));
    expect(counters).toMatchObject({ out: 1, errors: 1 });
    expect(published).toHaveLength(1);
    expect(log.lines[0]?.fields.code).toBe("STREAM_PUBLISH_REFUSED");
    expect(String(log.lines[0]?.fields.err)).toContain("payload.success");
  });

  it("publishes nothing that passed max_hops streams, counts it and warns once", () => {
    const { buffer, counters, published, log } = publishing({ max_hops: 3 });
    for (let hops = 0; hops < 10; hops++) buffer.offer({ ...numbered(hops, { id: "x", ok: true }), hops });
    expect(published).toHaveLength(3);
    expect(counters).toMatchObject({ in: 10, out: 3, errors: 7 });
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(["STREAM_LOOP"]);
  });

  it("counts an error where there is no bus", () => {
    const { buffer, counters } = bufferedSink("publish", { type: "ActionExecuted", payload });
    buffer.offer(numbered(1, { id: "x", ok: true }));
    expect(counters).toMatchObject({ out: 0, errors: 1 });
  });

  it.each([
    [{ type: "NewBlock" }, /only the node publishes.*ActionExecuted/],
    [{ type: "ActionExecutet" }, /which no event has/],
    [{ payload: { ...payload, targets: '"a"' } }, /targets, which ActionExecuted has not/],
    [{ payload: { action_id: '"a"' } }, /no action_type, target, success/],
    [{ payload: { ...payload, success: "1" } }, /result of type int/],
    [{ payload: { ...payload, target: "1.0" } }, /result of type double/],
  ])("refuses %j when it is prepared", (options, message) => {
    expect(() => prepareSink("publish", { type: "ActionExecuted", payload, ...options })).toThrow(message);
  });
});
