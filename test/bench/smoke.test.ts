import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const bench = fileURLToPath(new URL("../../bench/", import.meta.url));

/** Each way of measuring once: `latency` and `scale` measure as `fanout` and `publish` do. */
const tried = ["fanout", "publish", "rpc", "start", "chain", "streams", "scrape"];

async function runBench(...args: readonly string[]) {
  const run = spawn(process.execPath, [`${bench}run.mjs`, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(run.stdout),
    text(run.stderr),
    once(run, "exit") as Promise<[number | null]>,
  ]);
  return { stdout, stderr, code };
}

describe("the benchmarks", () => {
  it("run without loss and store nothing when only tried", { timeout: 180_000 }, async () => {
    const stored = readdirSync(`${bench}results`);
    const { stdout, stderr, code } = await runBench("--smoke", "--only", tried.join(","));
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /fanout: rate[\s\S]+publish[\s\S]+rpc[\s\S]+start[\s\S]+chain[\s\S]+streams[\s\S]+scrape/,
    );
    for (const name of ["engine", "ref", "child-process", "rxjs"]) {
      expect(stdout).toMatch(new RegExp(`^1 +${name} .* 0$`, "m"));
    }
    for (const method of ["get_block_height", "get_raw_block"]) {
      for (const name of ["engine", "http"]) {
        expect(stdout).toMatch(new RegExp(`^${method} +1 +${name} .* 0 +0$`, "m"));
      }
    }
    for (const name of ["zeromq", "grpc"]) {
      expect(stdout).toMatch(new RegExp(`^1 +${name} .* 0$|^${name} skipped: .+ not installed$`, "m"));
    }
    expect(readdirSync(`${bench}results`)).toEqual(stored);
  });

  it("refuse an option that they don't know, and say how they are used", async () => {
    const { stdout, stderr, code } = await runBench("--onyl", "fanout");
    expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
    expect(stderr).toContain("--onyl");
    expect(stderr).toContain("usage: npm run bench");
  });
});
