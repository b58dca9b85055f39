import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { readTokenLine } from "../../src/sdk/read-token.js";

const PATIENCE_MS = 20_000;

describe("readTokenLine", () => {
  it("is the first line, also when it comes in pieces, and leaves the stream paused", async () => {
    const stdin = new PassThrough();
    const token = readTokenLine(stdin, PATIENCE_MS);
    for (const piece of ["ab", "cd", "ef\nmore"]) stdin.write(piece);
    expect(await token).toBe("abcdef");
    expect(stdin.isPaused()).toBe(true);
  });

  it("is what came before the end of the stream", async () => {
    const stdin = new PassThrough();
    stdin.end("abc");
    expect(await readTokenLine(stdin, PATIENCE_MS)).toBe("abc");
  });

  it("is undefined for a terminal, an empty stream and a broken one", async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true });
    terminal.write("typed\n");
    expect(await readTokenLine(terminal, PATIENCE_MS)).toBeUndefined();
    const empty = new PassThrough();
    empty.end();
    expect(await readTokenLine(empty, PATIENCE_MS)).toBeUndefined();
    const broken = new PassThrough();
    const token = readTokenLine(broken, PATIENCE_MS);
    broken.destroy(new Error("broken"));
    expect(await token).toBeUndefined();
    expect(await readTokenLine(broken, PATIENCE_MS)).toBeUndefined();
  });

  it("gives up when nothing comes in time", async () => {
    expect(await readTokenLine(new PassThrough(), 20)).toBeUndefined();
  });

  it("reads no more than it must of a stream without lines", async () => {
    const stdin = new PassThrough();
    const token = readTokenLine(stdin, PATIENCE_MS);
    stdin.write("x".repeat(10_000));
    expect((await token)?.length).toBeLessThanOrEqual(10_000);
  });
});
