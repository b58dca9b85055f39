import type { Readable } from "node:stream";

const MAX_TOKEN_BYTES = 256;

/**
 * The first line of standard input, which the host writes there; undefined when there is none.
 * Waits at most `timeoutMs`, reads at most 256 bytes, and leaves the stream paused.
 */
export function readTokenLine(
  stdin: Readable & { isTTY?: boolean },
  timeoutMs: number,
): Promise<string | undefined> {
  if (stdin.isTTY || stdin.readableEnded || stdin.destroyed) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    let text = "";
    const finish = () => {
      clearTimeout(timer);
      stdin.off("data", onData).off("end", finish).off("error", finish).pause();
      const line = text.split("\n", 1)[0]?.trim() ?? "";
      resolve(line === "" ? undefined : line);
    };
    const onData = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes("\n") || text.length > MAX_TOKEN_BYTES) finish();
    };
    const timer = setTimeout(finish, timeoutMs);
    stdin.on("data", onData).once("end", finish).once("error", finish);
  });
}
