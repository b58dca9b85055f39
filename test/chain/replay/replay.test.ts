import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type ChainOptionsInput, chainOptions, createReplaySource } from "../../../src/chain/index.js";
import { mineChain } from "../../kit/mine-block.js";
import { scriptedBlocks } from "../../kit/scripted-chain.js";
import { describeChainSource } from "../chain-source.conformance.js";
import { recordLog } from "../log-recorder.js";
import { realBlockFile } from "../real-blocks.js";

const files = [482683, 898352, 928848, 928849].map(realBlockFile);
const shape = { events_per_second: 0, loop: true, reorg: { every_blocks: 2, depth: 2 } };

const smallFiles: string[] = [];
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blvm-replay-"));
  const transactions = scriptedBlocks[2]?.block.transactions.slice(1) ?? [];
  for (const [index, bytes] of mineChain(1000, [
    transactions.slice(0, 5),
    transactions.slice(5),
    [],
  ]).entries()) {
    const file = join(folder, `${index}.raw`);
    await writeFile(file, bytes);
    smallFiles.push(file);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function replay(options: ChainOptionsInput) {
  return createReplaySource({ log: recordLog() }, chainOptions.parse(options));
}

describeChainSource({
  name: "replay",
  blocks: 9,
  create: () => replay({ files, ...shape }),
  // Two rounds of five NewBlock: two competing ones, the two that replace them, and one that nobody contests.
  small: { blocks: 10, create: () => replay({ files: smallFiles, ...shape }) },
});
