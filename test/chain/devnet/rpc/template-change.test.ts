import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import { TemplateChange } from "../../../../src/chain/devnet/rpc/template-change.js";
import { virtualClock } from "../../../kit/ipc-virtual-clock.js";

function start(maxWaiters = 2) {
  const clock = virtualClock();
  const changes$ = new Subject<unknown>();
  const state = { tip: "a", sequence: 1 };
  const change = new TemplateChange(
    {
      changes$,
      scheduler: clock.scheduler,
      tipHash: () => state.tip,
      mempoolSequence: () => state.sequence,
    },
    { maxWaiters, longestMs: 600_000 },
  );
  return { clock, changes$, state, change };
}

/** "waits", "done" or the code it was refused with, once everything that is due has run. */
async function fateOf(wait: Promise<void>): Promise<string> {
  const fate = wait.then(
    () => "done",
    (error: { readonly code?: string; readonly message: string }) => error.code ?? error.message,
  );
  return Promise.race([fate, new Promise<string>((resolve) => setImmediate(() => resolve("waits")))]);
}

describe("a wait for a new template", () => {
  it("is over at once when the tip is another already", async () => {
    const { change, changes$ } = start();
    expect(await fateOf(change.wait("b", 1, undefined))).toBe("done");
    expect(changes$.observed).toBe(false);
  });

  it("is over with the next tip, not with other changes, and leaves nothing behind", async () => {
    const { change, changes$, state, clock } = start();
    const wait = change.wait("a", 1, undefined);
    changes$.next("transaction");
    expect(await fateOf(wait)).toBe("waits");
    state.tip = "b";
    changes$.next("block");
    expect(await fateOf(wait)).toBe("done");
    expect(changes$.observed).toBe(false);
    clock.advanceMs(10_000_000);
  });

  it("is over by new transactions after a minute, looked for each ten seconds then", async () => {
    const { change, state, clock } = start();
    const wait = change.wait("a", 1, undefined);
    clock.advanceMs(60_000);
    state.sequence = 2;
    clock.advanceMs(9_999);
    expect(await fateOf(wait)).toBe("waits");
    clock.advanceMs(1);
    expect(await fateOf(wait)).toBe("done");
  });

  it("is over after ten minutes whatever happens", async () => {
    const { change, clock } = start();
    const wait = change.wait("a", 1, undefined);
    clock.advanceMs(599_999);
    expect(await fateOf(wait)).toBe("waits");
    clock.advanceMs(1);
    expect(await fateOf(wait)).toBe("done");
  });

  it("is refused beyond the limit and possible again when another ended", async () => {
    const { change, changes$, state } = start();
    const waits = [change.wait("a", 1, undefined), change.wait("a", 1, undefined)];
    expect(await fateOf(change.wait("a", 1, undefined))).toBe("CHAIN_TOO_MANY_POLLS");
    state.tip = "b";
    changes$.next("block");
    await Promise.all(waits);
    expect(await fateOf(change.wait("b", 1, undefined))).toBe("waits");
  });

  it("ends with its caller, and with the source", async () => {
    const { change, changes$ } = start();
    const caller = new AbortController();
    const left = change.wait("a", 1, caller.signal);
    caller.abort(new Error("the caller left"));
    expect(await fateOf(left)).toBe("the caller left");
    expect(changes$.observed).toBe(false);
    expect(await fateOf(change.wait("a", 1, caller.signal))).toBe("the caller left");
    const closed = change.wait("a", 1, undefined);
    changes$.complete();
    expect(await fateOf(closed)).toBe("CHAIN_SOURCE_CLOSED");
  });
});
