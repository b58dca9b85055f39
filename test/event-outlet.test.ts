import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { EventOutlet } from "../src/event-outlet.js";

function slowStream() {
  const stream = new PassThrough({ highWaterMark: 1 });
  const outlet = new EventOutlet(stream, {
    maxUnreadBytes: 10,
    lossText: ({ count, from_seq, to_seq }) => `<${count}:${from_seq}-${to_seq}>`,
  });
  const offer = (seq: number) => outlet.offer(seq, () => `${seq};;;`);
  return { stream, outlet, offer };
}

/** Reads until nothing waits any more. */
async function readAll(stream: PassThrough): Promise<string> {
  let text = "";
  await vi.waitFor(() => {
    text += stream.read()?.toString() ?? "";
    expect(stream.writableLength + stream.readableLength).toBe(0);
  });
  return text;
}

describe("EventOutlet", () => {
  it("writes what fits, drops what is newer and tells the loss in place", async () => {
    const { stream, outlet, offer } = slowStream();
    const written = [1, 2, 3, 4, 5, 6, 7, 8].filter(offer);
    expect(written).toEqual([1, 2, 3]);
    expect(outlet.isDropping).toBe(true);
    expect(await readAll(stream)).toBe("1;;;2;;;3;;;<5:4-8>");
    expect(outlet.isDropping).toBe(false);
    expect(offer(9)).toBe(true);
  });

  it("makes no text for an event that it drops", () => {
    const { offer, outlet } = slowStream();
    for (let seq = 1; seq <= 5; seq++) offer(seq);
    const text = vi.fn(() => "never");
    outlet.offer(6, text);
    expect(text).not.toHaveBeenCalled();
  });

  it("tells a loss at once when its stream is about to end", async () => {
    const { stream, outlet, offer } = slowStream();
    for (let seq = 1; seq <= 4; seq++) offer(seq);
    outlet.tellLoss();
    outlet.tellLoss();
    expect(await readAll(stream)).toBe("1;;;2;;;3;;;<1:4-4>");
  });

  it("tells two episodes of loss apart", async () => {
    const { stream, offer } = slowStream();
    for (let seq = 1; seq <= 6; seq++) offer(seq);
    expect(await readAll(stream)).toContain("<3:4-6>");
    for (let seq = 7; seq <= 12; seq++) offer(seq);
    expect(await readAll(stream)).toMatch(/^7;;;.*<\d+:\d+-12>$/);
  });
});
