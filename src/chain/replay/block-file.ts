import { open } from "node:fs/promises";
import { basename } from "node:path";
import { errorMessage } from "../../errors.js";
import type { Block } from "../block/block.js";
import { checkBlock } from "../block/check-block.js";
import { coinbaseHeight } from "../block/coinbase-height.js";
import { maxBlockBytes, parseBlock } from "../block/parse-block.js";
import { chainErrors } from "../errors.js";

/** What is remembered of a block file that was read and checked; the block itself is read again to be played. */
export interface BlockFile {
  readonly file: string;
  readonly hash: string;
  readonly previousHash: string;
  /** By the coinbase (BIP34), else by the file name; undefined when both are silent. */
  readonly heightBlocks: number | undefined;
  readonly timestampS: number;
}

/** A block and the bytes that it was read from. */
export interface ReadBlock {
  readonly block: Block;
  readonly bytes: Uint8Array;
}

/**
 * Reads, parses and checks one raw block. Reads at most the largest allowed block plus one byte.
 * Throws BLOCK_FILE_UNREADABLE, BLOCK_TRUNCATED, BLOCK_MALFORMED or BLOCK_INVALID.
 */
export async function readBlock(file: string): Promise<ReadBlock> {
  const bytes = await readBytes(file);
  const block = parseBlock(bytes);
  checkBlock(block);
  return { block, bytes };
}

/** Reads one block file and keeps its summary. Throws as `readBlock` does. */
export async function inspectBlockFile(file: string): Promise<BlockFile> {
  const { block } = await readBlock(file);
  const { previousHash, timestampS } = block.header;
  const heightBlocks = coinbaseHeight(block) ?? heightOfName(file);
  return { file, hash: block.hash, previousHash, heightBlocks, timestampS };
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    await using handle = await open(file, "r");
    // A pipe or device could block the read or never end.
    if (!(await handle.stat()).isFile()) throw new Error("it is no regular file");
    const bytes = Buffer.allocUnsafe(Math.min((await handle.stat()).size, maxBlockBytes + 1));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } catch (cause) {
    throw chainErrors.BLOCK_FILE_UNREADABLE({ file, reason: errorMessage(cause) }, { cause });
  }
}

function heightOfName(file: string): number | undefined {
  const digits = /^(\d{1,7})\.[a-z]+$/.exec(basename(file))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
