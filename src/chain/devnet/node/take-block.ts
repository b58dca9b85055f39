import { blockHashOf, decodeBlock } from "../../block/decode.js";
import type { BlockOutcome, ChainKernel } from "../kernel/chain-kernel.js";
import { type DevnetParts, followChain } from "./chain-follower.js";
import { tellRefused } from "./tell-blocks.js";

/** Gives the kernel a block, takes everything else along, and tells what came of it. The bytes are copied. */
export function takeBlock(
  parts: DevnetParts,
  bytes: Uint8Array,
  { isMined = false, nowMs }: { readonly isMined?: boolean; readonly nowMs: () => number },
): BlockOutcome {
  const { kernel, runs, outbox, nowS } = parts;
  runs.take();
  const startedMs = nowMs();
  // The kernel keeps views of the bytes: they must not be the caller's.
  const outcome = kernel.submit(Uint8Array.from(bytes), nowS());
  const validationMs = nowMs() - startedMs;
  if (outcome.outcome === "duplicate") return outcome;
  followChain(parts, outcome.changes, { minedHash: isMined ? blockHashOf(bytes) : undefined });
  if (outcome.outcome === "accepted") return outcome;
  const { hash, reason, changes } = outcome;
  const heightBlocks = heightOf(kernel, bytes);
  const wasTold = changes.some((change) => change.kind === "refused" && change.entry.hash === hash);
  // Of a block without a known parent the height isn't known; it may well be valid.
  if (heightBlocks !== undefined && !wasTold) {
    tellRefused(outbox, { hash, heightBlocks, reason, validationMs }, []);
  }
  return outcome;
}

function heightOf(kernel: ChainKernel, bytes: Uint8Array): number | undefined {
  const decoded = decodeBlock(bytes);
  const parent = decoded.ok ? kernel.entry(decoded.value.header.previousHash) : undefined;
  return parent && parent.heightBlocks + 1;
}
