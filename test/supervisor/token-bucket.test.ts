import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../src/supervisor/token-bucket.js";

function drain(bucket: TokenBucket): number {
  let taken = 0;
  while (bucket.tryTake(1)) taken += 1;
  return taken;
}

describe("TokenBucket", () => {
  it("grants the burst at once and the rate afterwards", () => {
    const scheduler = new VirtualTimeScheduler(undefined, 1000);
    const bucket = new TokenBucket(scheduler, { perSecond: 100, burst: 50 });
    let taken = drain(bucket);
    expect(taken).toBe(50);
    for (const at of [250, 500, 750, 999]) scheduler.schedule(() => (taken += drain(bucket)), at);
    scheduler.flush();
    expect(taken).toBe(50 + 90);
  });

  it("pays a debt before it grants again", () => {
    const scheduler = new VirtualTimeScheduler();
    const bucket = new TokenBucket(scheduler, { perSecond: 100, burst: 10 });
    expect(bucket.tryTake(30)).toBe(true);
    const granted: number[] = [];
    for (const at of [150, 250, 350]) scheduler.schedule(() => bucket.tryTake(1) && granted.push(at), at);
    scheduler.flush();
    expect(granted).toEqual([350]);
  });

  it("stops its timer when full and tells it", () => {
    const scheduler = new VirtualTimeScheduler();
    let full = 0;
    const bucket = new TokenBucket(scheduler, { perSecond: 100, burst: 10, onFull: () => (full += 1) });
    bucket.tryTake(10);
    scheduler.flush();
    expect(full).toBe(1);
    expect(scheduler.frame).toBe(100);
  });

  it("lets every waiter go when it closes", async () => {
    const scheduler = new VirtualTimeScheduler();
    const bucket = new TokenBucket(scheduler, { perSecond: 1, burst: 1 });
    bucket.tryTake(5);
    const waiting = Promise.all([bucket.refilled(), bucket.refilled()]);
    bucket.close();
    await waiting;
    expect(bucket.tryTake(1)).toBe(true);
    expect(scheduler.actions.length).toBe(0);
  });
});
