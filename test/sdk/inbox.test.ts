import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cursor, Inbox } from "../../src/sdk/inbox.js";
import { eventDelivery, gapDelivery, nameOf } from "./numbered-delivery.js";

const ignore = () => {};

function recordedInbox(): { inbox: Inbox; handled: [seq: number, deliveries: number][] } {
  const handled: [number, number][] = [];
  return { inbox: new Inbox((seq, deliveries) => handled.push([seq, deliveries])), handled };
}

describe("Inbox", () => {
  it("counts a delivery as handled once every cursor has passed it", () => {
    const { inbox, handled } = recordedInbox();
    const [quick, slow] = [inbox.open(ignore), inbox.open(ignore)];
    for (const seq of [3, 5, 8]) inbox.push(eventDelivery(seq));
    for (let n = 0; n < 3; n++) {
      quick.peek();
      quick.advance();
    }
    expect(handled).toEqual([]);
    slow.peek();
    slow.advance();
    expect(handled).toEqual([[3, 1]]);
    expect(inbox.size).toBe(2);
  });

  it("handles nothing without a cursor and shows the first one everything", () => {
    const { inbox, handled } = recordedInbox();
    inbox.push(eventDelivery(1));
    inbox.push(gapDelivery(2, 4));
    expect(handled).toEqual([]);
    const cursor = inbox.open(ignore);
    expect(nameOf(cursor.peek())).toBe("1");
    cursor.advance();
    expect(nameOf(cursor.peek())).toBe("2-4");
    cursor.advance();
    expect(handled).toEqual([
      [1, 1],
      [4, 1],
    ]);
  });

  it("wakes each consumer after each push until it closes", () => {
    const { inbox } = recordedInbox();
    let wakes = 0;
    const cursor = inbox.open(() => wakes++);
    inbox.push(eventDelivery(1));
    inbox.push(eventDelivery(2));
    cursor.close();
    inbox.push(eventDelivery(3));
    expect(wakes).toBe(2);
  });

  it("lets the others go on when the slowest cursor closes", () => {
    const { inbox, handled } = recordedInbox();
    const [quick, slow] = [inbox.open(ignore), inbox.open(ignore)];
    inbox.push(eventDelivery(1));
    inbox.push(eventDelivery(2));
    quick.peek();
    quick.advance();
    slow.close();
    slow.close();
    expect(handled).toEqual([[1, 1]]);
  });

  it("handles nothing more when the last cursor closes before it advances", () => {
    const { inbox, handled } = recordedInbox();
    const cursor = inbox.open(ignore);
    inbox.push(eventDelivery(1));
    cursor.peek();
    cursor.close();
    cursor.advance();
    expect(handled).toEqual([]);
    expect(inbox.size).toBe(1);
  });

  it("doesn't step over an event of a new connection when a handler of the old one ends", () => {
    const { inbox, handled } = recordedInbox();
    const cursor = inbox.open(ignore);
    inbox.push(eventDelivery(1));
    cursor.peek();
    inbox.clear();
    inbox.push(eventDelivery(7));
    cursor.advance();
    expect(handled).toEqual([]);
    expect(nameOf(cursor.peek())).toBe("7");
    cursor.advance();
    expect(handled).toEqual([[7, 1]]);
  });

  it("agrees with a plain list about every cursor's place, whatever happens", () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant("push" as const) }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant("handle" as const), cursor: fc.nat(3) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("open" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), cursor: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("clear" as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { inbox, handled } = recordedInbox();
        let seq = 0;
        let waiting: number[] = [];
        let expectedSeq = 0;
        let cursors: { cursor: Cursor; ahead: number[] }[] = [];
        const settle = () => {
          if (cursors.length === 0) return;
          const slowest = Math.max(...cursors.map(({ ahead }) => ahead.length));
          const done = waiting.splice(0, waiting.length - slowest);
          expectedSeq = done.at(-1) ?? expectedSeq;
        };
        for (const action of steps) {
          const chosen = "cursor" in action ? cursors[action.cursor] : undefined;
          if (action.do === "push") {
            seq++;
            inbox.push(eventDelivery(seq));
            waiting.push(seq);
            for (const { ahead } of cursors) ahead.push(seq);
          } else if (action.do === "open") {
            cursors.push({ cursor: inbox.open(ignore), ahead: [...waiting] });
          } else if (action.do === "clear") {
            inbox.clear();
            waiting = [];
            for (const { ahead } of cursors) ahead.length = 0;
          } else if (chosen !== undefined && action.do === "close") {
            chosen.cursor.close();
            cursors = cursors.filter((other) => other !== chosen);
            settle();
          } else if (chosen !== undefined && chosen.ahead.length > 0) {
            expect(nameOf(chosen.cursor.peek())).toBe(String(chosen.ahead.shift()));
            chosen.cursor.advance();
            settle();
          }
          expect(inbox.size).toBe(waiting.length);
          expect(handled.at(-1)?.[0] ?? 0).toBe(expectedSeq);
        }
      }),
      { numRuns: 200 },
    );
  });
});
