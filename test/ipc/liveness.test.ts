import { describe, expect, it } from "vitest";
import { Liveness } from "../../src/ipc/liveness.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";

function startLiveness(heartbeatMs = 1000) {
  const clock = virtualClock();
  const pings: number[] = [];
  const changes: { isResponsive: boolean; silentMs: number; atMs: number }[] = [];
  const liveness = new Liveness(clock.scheduler, heartbeatMs, {
    sendPing: (nonce) => pings.push(nonce),
    onChange: (isResponsive, silentMs) => changes.push({ isResponsive, silentMs, atMs: clock.nowMs }),
  });
  liveness.start();
  return { clock, liveness, pings, changes };
}

describe("Liveness", () => {
  it("pings at each heartbeat, each time with another nonce", () => {
    const { clock, liveness, pings } = startLiveness();
    clock.advanceMs(999);
    expect(pings).toEqual([]);
    clock.advanceMs(3001);
    expect(pings).toEqual([1, 2, 3, 4]);
    liveness.stop();
  });

  it("tells once that a peer is silent for five heartbeats", () => {
    const { clock, liveness, changes } = startLiveness();
    clock.advanceMs(4999);
    expect(changes).toEqual([]);
    clock.advanceMs(1);
    expect(changes).toEqual([{ isResponsive: false, silentMs: 5000, atMs: 5000 }]);
    clock.advanceMs(60_000);
    expect(changes).toHaveLength(1);
    liveness.stop();
  });

  it("takes any frame for life, without a word", () => {
    const { clock, liveness, changes } = startLiveness();
    for (let n = 0; n < 20; n++) {
      clock.advanceMs(4500);
      liveness.noteFrame();
    }
    expect(changes).toEqual([]);
    liveness.stop();
  });

  it("tells once that a silent peer speaks again, and again when it falls silent anew", () => {
    const { clock, liveness, changes } = startLiveness();
    clock.advanceMs(5000);
    liveness.noteFrame();
    liveness.noteFrame();
    expect(changes.map(({ isResponsive }) => isResponsive)).toEqual([false, true]);
    clock.advanceMs(5000);
    expect(changes.map(({ isResponsive }) => isResponsive)).toEqual([false, true, false]);
    liveness.stop();
  });

  it("judges nobody when its own process was blocked", () => {
    const { clock, liveness, changes } = startLiveness();
    clock.advanceMs(900);
    clock.blockMs(10_000);
    expect(changes).toEqual([]);
    // What the peer sent meanwhile is read before the next beat.
    liveness.noteFrame();
    clock.advanceMs(4000);
    expect(changes).toEqual([]);
    liveness.stop();
  });

  it("still notices a peer that is dead when its own process was blocked", () => {
    const { clock, liveness, changes } = startLiveness();
    clock.blockMs(10_000);
    clock.advanceMs(1000);
    expect(changes.map(({ isResponsive }) => isResponsive)).toEqual([false]);
    liveness.stop();
  });

  it("does nothing after it was stopped", () => {
    const { clock, liveness, pings, changes } = startLiveness();
    clock.advanceMs(5000);
    liveness.stop();
    liveness.noteFrame();
    clock.advanceMs(60_000);
    expect(pings).toHaveLength(5);
    expect(changes).toHaveLength(1);
  });
});
