import { TestScheduler } from "rxjs/testing";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { type VirtualHost, virtualHost } from "../../src/testing/index.js";

const TX = exampleEvent("NewTransaction");

/** Flushes to a time of the scheduler: heartbeats would go on for ever. */
function runTo(scheduler: TestScheduler, atMs: number): void {
  scheduler.maxFrames = atMs;
  scheduler.flush();
}

function receivedSeqs(host: VirtualHost, name: string): [atMs: number, seq: number][] {
  return host
    .module(name)
    .received.flatMap(({ atMs, what }) => (what.kind === "event" ? [[atMs, what.seq]] : []));
}

describe("virtualHost", () => {
  it("runs on the time of a TestScheduler and on no other", () => {
    const scheduler = new TestScheduler(() => {});
    const host = virtualHost({ scheduler, modules: { one: { types: ["NewTransaction"], handlerMs: 7 } } });
    scheduler.schedule(() => host.publish("NewTransaction", TX), 10);
    scheduler.schedule(() => host.publish("NewTransaction", TX), 12);
    runTo(scheduler, 9);
    expect(receivedSeqs(host, "one")).toEqual([]);
    runTo(scheduler, 100);
    expect(receivedSeqs(host, "one")).toEqual([
      [10, 2],
      [12, 3],
    ]);
    expect(host.module("one").handled).toEqual([
      { atMs: 17, what: 2 },
      { atMs: 24, what: 3 },
    ]);
    // The module's own ModuleLoaded took seq 1.
    expect(host.module("one").acknowledged).toEqual(host.module("one").handled);
    expect(host.books("one")).toMatchObject({ matched: 2, delivered: 2 });
    host.close();
  });

  it("measures delivery latency in virtual milliseconds", () => {
    const scheduler = new TestScheduler(() => {});
    const host = virtualHost({ scheduler, modules: { one: { types: ["NewTransaction"], handlerMs: 7 } } });
    scheduler.schedule(() => host.publish("NewTransaction", TX), 10);
    runTo(scheduler, 100);
    expect(host.bus.books.of("one").deliveryLatency).toMatchObject({ count: 1, sumMs: 7 });
    host.close();
  });

  it("connects modules in their order and notes when each is loaded", () => {
    const scheduler = new TestScheduler(() => {});
    const host = virtualHost({ scheduler, modules: { b: { types: [] }, a: { types: [] }, later: {} } });
    scheduler.schedule(() => host.module("later").subscribe(["NewBlock"]), 5);
    runTo(scheduler, 10);
    expect(host.loaded).toEqual([
      { atMs: 0, what: "b" },
      { atMs: 0, what: "a" },
      { atMs: 5, what: "later" },
    ]);
    host.close();
  });

  it("closes every connection and the bus at its close", () => {
    const scheduler = new TestScheduler(() => {});
    const host = virtualHost({ scheduler, modules: { one: { types: ["NewTransaction"] } } });
    runTo(scheduler, 1);
    host.close();
    scheduler.maxFrames = Number.POSITIVE_INFINITY;
    scheduler.flush();
    expect(host.module("one").received.at(-1)?.what).toEqual({ kind: "closed" });
    expect(() => host.publish("NewTransaction", TX)).toThrow(/after the bus was closed/);
  });

  it("knows no module that it was not made with", () => {
    const host = virtualHost({ scheduler: new TestScheduler(() => {}), modules: {} });
    expect(() => host.module("nobody")).toThrow(TypeError);
    expect(host.books("nobody")).toBeUndefined();
    expect(host.pipeline("nobody")).toBeUndefined();
  });
});
