import { describe, expect, it } from "vitest";
import { BoundedChannel, CRITICAL_SLOTS, EventRecord, GapMark } from "../../src/bus/index.js";
import { exampleEvent, typeIndex } from "../../src/events/index.js";

function recordOf(seq: number, bytes = 1): EventRecord {
  const event = {
    seq,
    type: "NewBlock" as const,
    payload: exampleEvent("NewBlock"),
    timestamp_ms: 0,
    source: "node" as const,
  };
  const record = new EventRecord(event, typeIndex("NewBlock"), false, 0);
  record.encodeOnce(
    () => ({ bytes: new Uint8Array(0), start: 0, end: bytes }),
    () => {},
  );
  return record;
}

function drain(channel: BoundedChannel): (number | string)[] {
  const left: (number | string)[] = [];
  for (let entry = channel.shift(); entry !== undefined; entry = channel.shift()) {
    left.push(
      entry instanceof GapMark ? `gap ${entry.fromSeq}-${entry.toSeq} x${entry.count}` : entry.event.seq,
    );
  }
  return left;
}

describe("BoundedChannel", () => {
  it("hands out its entries in the order in which they entered", () => {
    const channel = new BoundedChannel({ capacity: 10, maxBytes: 1000 });
    for (const seq of [1, 2, 3]) channel.push(recordOf(seq));
    expect(channel.first()).toBe(channel.firstEvent());
    expect(drain(channel)).toEqual([1, 2, 3]);
    expect(channel.waitingEvents).toBe(0);
  });

  it("has room for ordinary events below its capacity only", () => {
    const channel = new BoundedChannel({ capacity: 2, maxBytes: 1000 });
    channel.push(recordOf(1));
    expect(channel.hasRoom(1, false)).toBe(true);
    channel.push(recordOf(2));
    expect(channel.hasRoom(1, false)).toBe(false);
  });

  it("has room for sixteen critical events beyond its capacity", () => {
    const channel = new BoundedChannel({ capacity: 2, maxBytes: 1000 });
    for (let seq = 1; seq < 2 + CRITICAL_SLOTS; seq++) channel.push(recordOf(seq));
    expect(CRITICAL_SLOTS).toBe(16);
    expect(channel.hasRoom(1, true)).toBe(true);
    channel.push(recordOf(99));
    expect(channel.hasRoom(1, true)).toBe(false);
  });

  it("keeps an eighth of its bytes for critical events", () => {
    const channel = new BoundedChannel({ capacity: 10, maxBytes: 800 });
    channel.push(recordOf(1, 600));
    expect(channel.hasRoom(100, false)).toBe(true);
    expect(channel.hasRoom(101, false)).toBe(false);
    expect(channel.hasRoom(200, true)).toBe(true);
    expect(channel.hasRoom(201, true)).toBe(false);
  });

  it("keeps at most 64 KiB for critical events however large it is", () => {
    const mib = 1024 * 1024;
    const channel = new BoundedChannel({ capacity: 10, maxBytes: 4 * mib });
    channel.push(recordOf(1, mib));
    expect(channel.hasRoom(3 * mib - 64 * 1024, false)).toBe(true);
    expect(channel.hasRoom(3 * mib - 64 * 1024 + 1, false)).toBe(false);
  });

  it("lets a single event fill all its bytes while nothing else is held", () => {
    const channel = new BoundedChannel({ capacity: 10, maxBytes: 800 });
    expect(channel.hasRoom(800, false)).toBe(true);
    expect(channel.hasRoom(801, false)).toBe(false);
  });

  it("holds the bytes of a taken event until they are released", () => {
    const channel = new BoundedChannel({ capacity: 10, maxBytes: 800 });
    channel.push(recordOf(1, 700));
    channel.shift();
    expect(channel.waitingEvents).toBe(0);
    expect(channel.heldBytes).toBe(700);
    expect(channel.hasRoom(101, true)).toBe(false);
    channel.release(700);
    expect(channel.hasRoom(800, true)).toBe(true);
  });

  it("joins losses into one mark until an event is queued behind it", () => {
    const channel = new BoundedChannel({ capacity: 10, maxBytes: 800 });
    channel.push(recordOf(1));
    channel.markLoss(2, "channel_full");
    channel.markLoss(5, "channel_full");
    channel.push(recordOf(6));
    channel.markLoss(7, "channel_full");
    expect(drain(channel)).toEqual([1, "gap 2-5 x2", 6, "gap 7-7 x1"]);
  });

  it("gives marks no slot and no bytes", () => {
    const channel = new BoundedChannel({ capacity: 1, maxBytes: 800 });
    channel.markLoss(1, "serialization");
    expect(channel.waitingEvents).toBe(0);
    expect(channel.heldBytes).toBe(0);
    expect(channel.hasRoom(800, false)).toBe(true);
  });

  it("finds the oldest event behind a mark", () => {
    const channel = new BoundedChannel({ capacity: 1, maxBytes: 800 });
    expect(channel.firstEvent()).toBeUndefined();
    channel.markLoss(1, "channel_full");
    expect(channel.firstEvent()).toBeUndefined();
    channel.push(recordOf(2));
    expect(channel.firstEvent()?.event.seq).toBe(2);
  });

  it("forgets a mark when it was taken, so that a later loss is a new one", () => {
    const channel = new BoundedChannel({ capacity: 1, maxBytes: 800 });
    channel.markLoss(1, "channel_full");
    expect(drain(channel)).toEqual(["gap 1-1 x1"]);
    channel.markLoss(2, "channel_full");
    expect(drain(channel)).toEqual(["gap 2-2 x1"]);
  });
});

describe("GapMark", () => {
  it("keeps the reason while all losses share it", () => {
    const mark = new GapMark(3, "serialization");
    mark.add(9, "serialization");
    expect(mark).toMatchObject({ fromSeq: 3, toSeq: 9, count: 2, reason: "serialization" });
  });

  it("stands for a mixture as channel_full, whichever came first", () => {
    const first = new GapMark(3, "serialization");
    first.add(4, "channel_full");
    first.add(5, "serialization");
    const second = new GapMark(3, "channel_full");
    second.add(4, "serialization");
    expect([first.reason, second.reason]).toEqual(["channel_full", "channel_full"]);
    expect(first.count).toBe(3);
  });
});
