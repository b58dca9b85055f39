import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../fixtures/real-blocks/", import.meta.url);

/** One row of the table in the fixtures' README. */
export interface RealBlock {
  readonly name: string;
  readonly network: string;
  readonly sizeBytes: number;
  readonly transactions: number;
  readonly hash: string;
  readonly heightBlocks: number;
}

/** The table of the fixtures' README, row by row. */
export const realBlocks: readonly RealBlock[] = readFileSync(new URL("README.md", folder), "utf8")
  .split("\n")
  .filter((line) => /^\| \d+\.raw/.test(line))
  .map((line) => {
    const [name = "", network = "", bytes = "", transactions = "", hash = ""] = line
      .split("|")
      .slice(1)
      .map((cell) => cell.trim());
    return {
      name,
      network,
      sizeBytes: integer(bytes),
      transactions: integer(transactions),
      hash: hash.slice(0, 64),
      heightBlocks: Number.parseInt(name, 10),
    };
  });

/** Where a block file of the fixtures is. */
export function realBlockFile(heightBlocks: number): string {
  return fileURLToPath(new URL(`${heightBlocks}.raw`, folder));
}

/** The bytes of a block of the fixtures, the caller's own copy. */
export function realBlockBytes(heightBlocks: number): Uint8Array {
  return new Uint8Array(readFileSync(realBlockFile(heightBlocks)));
}

/** The README's row of a block. */
export function realBlock(heightBlocks: number): RealBlock {
  const row = realBlocks.find((block) => block.heightBlocks === heightBlocks);
  if (row === undefined) throw new Error(`the fixtures hold no block ${heightBlocks}`);
  return row;
}

function integer(text: string): number {
  return Number(text.replaceAll(",", ""));
}
