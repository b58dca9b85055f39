import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { HeldScheduler } from "../../src/cli/held-scheduler.js";

describe("HeldScheduler", () => {
  it("runs what came due while it was held when it is released, in order, and nothing that was cancelled", () => {
    const time = new VirtualTimeScheduler();
    let isHeld = true;
    const held = new HeldScheduler(time, () => isHeld);
    const ran: string[] = [];
    held.schedule(() => ran.push("second"), 2);
    held.schedule(() => ran.push("first"), 1);
    held.schedule(() => ran.push("cancelled"), 1).unsubscribe();
    time.flush();
    expect(ran).toEqual([]);
    isHeld = false;
    held.release();
    time.flush();
    expect(ran).toEqual(["first", "second"]);
  });
});
