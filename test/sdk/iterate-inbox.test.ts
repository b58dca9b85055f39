import { describe, expect, it } from "vitest";
import { Inbox } from "../../src/sdk/inbox.js";
import { iterateInbox } from "../../src/sdk/iterate-inbox.js";
import { eventDelivery, gapDelivery, nameOf } from "./numbered-delivery.js";

const never = new Promise<void>(() => {});

function recordedInbox(): { inbox: Inbox; handled: number[] } {
  const handled: number[] = [];
  return { inbox: new Inbox((seq) => handled.push(seq)), handled };
}

describe("iterateInbox", () => {
  it("takes the pull of the next delivery for the end of the last", async () => {
    const { inbox, handled } = recordedInbox();
    inbox.push(eventDelivery(1));
    inbox.push(gapDelivery(2, 3));
    const deliveries = iterateInbox(inbox, never);
    expect(nameOf((await deliveries.next()).value ?? undefined)).toBe("1");
    expect(handled).toEqual([]);
    expect(nameOf((await deliveries.next()).value ?? undefined)).toBe("2-3");
    expect(handled).toEqual([1]);
    await deliveries.return();
  });

  it("waits for what comes later", async () => {
    const { inbox } = recordedInbox();
    const deliveries = iterateInbox(inbox, never);
    const next = deliveries.next();
    inbox.push(eventDelivery(1));
    expect(nameOf((await next).value ?? undefined)).toBe("1");
    await deliveries.return();
  });

  it("ends when the connection is closed, also while it waits", async () => {
    const { inbox } = recordedInbox();
    let close = () => {};
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    const next = iterateInbox(inbox, closed).next();
    close();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it("lets other consumers go on when its loop is left", async () => {
    const { inbox, handled } = recordedInbox();
    const other = inbox.open(() => {});
    inbox.push(eventDelivery(1));
    inbox.push(eventDelivery(2));
    for await (const delivery of iterateInbox(inbox, never)) {
      expect(nameOf(delivery)).toBe("1");
      break;
    }
    for (const _ of [1, 2]) {
      other.peek();
      other.advance();
    }
    expect(handled).toEqual([1, 2]);
  });

  it("doesn't step over the first event of a new connection", async () => {
    const { inbox, handled } = recordedInbox();
    const deliveries = iterateInbox(inbox, never);
    inbox.push(eventDelivery(1));
    await deliveries.next();
    inbox.clear();
    inbox.push(eventDelivery(9));
    expect(nameOf((await deliveries.next()).value ?? undefined)).toBe("9");
    expect(handled).toEqual([]);
    await deliveries.return();
  });
});
