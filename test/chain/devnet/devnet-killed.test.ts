import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { DevnetSource } from "../../../src/chain/devnet/devnet-source.js";
import { distUrl } from "../../kit/process-dist.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { startDevnet } from "../../kit/start-devnet.js";

const script = fileURLToPath(new URL("killed-devnet.mjs", import.meta.url));
const steps = 11;

interface Standing {
  readonly tip: string;
  readonly outputs: number;
  readonly waiting: readonly string[];
}

async function standingOf({ actions, queries, rpc }: DevnetSource): Promise<Standing> {
  const answer = await rpc.gettxoutsetinfo?.run({ hash_type: "none" } as never, undefined);
  const { txouts } = answer as { txouts: number };
  expect(await queries.mempoolTransactions()).toHaveLength(actions.waiting().length);
  return {
    tip: actions.tip.hash,
    outputs: txouts,
    waiting: [...(await queries.mempoolTransactions())].sort(),
  };
}

/** Lets a devnet act until it has reported so often, and kills it. @returns what it said last */
async function actUntilKilled(
  dataDir: string,
  { round, stepCount, reports }: { round: number; stepCount: number; reports: number },
): Promise<Standing> {
  const args = [script, distUrl("index.js"), dataDir, String(round), String(stepCount)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  let last = "";
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    count += 1;
    if (count === reports) child.kill("SIGKILL");
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
  return JSON.parse(last) as Standing;
}

describe("a devnet that is killed with SIGKILL", () => {
  it("comes back with the tip, the outputs and the mempool that it said last", {
    timeout: 60_000,
  }, async () => {
    await using dir = await tempDir();
    for (const round of [0, 3, 5]) {
      const said = await actUntilKilled(dir.path, { round, stepCount: steps, reports: steps });
      await using source = await startDevnet({ persist: true, seed: "killed" }, { dataDir: dir.path });
      expect(await standingOf(source)).toEqual(said);
    }
  });

  it("has what it said last when it dies in the middle, and can mine all that waits", {
    timeout: 60_000,
  }, async () => {
    await using dir = await tempDir();
    for (const [round, reports] of [2, 7, 4, 9].entries()) {
      const said = await actUntilKilled(dir.path, { round, stepCount: 1_000_000, reports });
      await using source = await startDevnet({ persist: true, seed: "killed" }, { dataDir: dir.path });
      expect(await source.queries.block(said.tip)).toBeDefined();
      source.actions.mine(1);
      expect(source.actions.waiting()).toEqual([]);
    }
  });
});
