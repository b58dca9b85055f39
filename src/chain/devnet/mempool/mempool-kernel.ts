import type { ChainKernel } from "../kernel/chain-kernel.js";

/** What a mempool asks of the chain below it. */
export type MempoolKernel = Pick<ChainKernel, "coin" | "tip" | "entryAt" | "checkTransaction">;
