import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { MemoryTransport } from "../../src/testing/memory-transport.js";

function connected() {
  const scheduler = new VirtualTimeScheduler();
  const [one, other] = MemoryTransport.pair(scheduler);
  const seen: string[] = [];
  other.chunks$.subscribe({
    next: (chunk) => seen.push(Buffer.from(chunk).toString()),
    complete: () => seen.push("end"),
  });
  return { scheduler, one, other, seen };
}

describe("MemoryTransport", () => {
  it("carries batches in order, each as one chunk", () => {
    const { scheduler, one, seen } = connected();
    const done: number[] = [];
    one.write([Buffer.from("a"), Buffer.from("b")], () => done.push(1));
    one.write([Buffer.from("c")], () => done.push(2));
    expect(one.unsentBytes).toBe(3);
    expect(seen).toEqual([]);
    scheduler.flush();
    expect(seen).toEqual(["ab", "c"]);
    expect(done).toEqual([1, 2]);
    expect(one.unsentBytes).toBe(0);
  });

  it("keeps what was written apart from what the writer does with its bytes later", () => {
    const { scheduler, one, seen } = connected();
    const bytes = Buffer.from("a");
    one.write([bytes], () => {});
    bytes.fill("z");
    scheduler.flush();
    expect(seen).toEqual(["a"]);
  });

  it("lets bytes wait while the other end doesn't read", () => {
    const { scheduler, one, other, seen } = connected();
    other.pause();
    one.write([Buffer.from("abc")], () => {});
    scheduler.flush();
    expect(seen).toEqual([]);
    expect(one.unsentBytes).toBe(3);
    other.resume();
    scheduler.flush();
    expect(seen).toEqual(["abc"]);
  });

  it("ends after what was written before, and takes nothing more", () => {
    const { scheduler, one, seen } = connected();
    one.write([Buffer.from("a")], () => {});
    one.end();
    one.write([Buffer.from("b")], () => {});
    scheduler.flush();
    expect(seen).toEqual(["a", "end"]);
  });

  it("drops what was not read when it is destroyed, and ends both sides", () => {
    const { scheduler, one, other, seen } = connected();
    let isEnded = false;
    one.chunks$.subscribe({ complete: () => (isEnded = true) });
    other.pause();
    one.write([Buffer.from("a")], () => seen.push("written"));
    one.destroy();
    one.destroy();
    other.resume();
    scheduler.flush();
    expect(seen).toEqual(["end"]);
    expect(isEnded).toBe(true);
    expect(one.unsentBytes).toBe(0);
  });
});
