import type { Delivery } from "./delivery.js";
import type { Inbox } from "./inbox.js";

/** Deliveries one by one, in order; pulling the next one marks the last as handled. Ends when `closed` resolves. */
export async function* iterateInbox(
  inbox: Inbox,
  closed: Promise<unknown>,
): AsyncGenerator<Delivery, void, void> {
  let wake = () => {};
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
    wake();
  });
  const cursor = inbox.open(() => wake());
  try {
    while (!isClosed) {
      const delivery = cursor.peek();
      if (delivery === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else {
        yield delivery;
        cursor.advance();
      }
    }
  } finally {
    cursor.close();
  }
}
