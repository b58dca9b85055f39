import { z } from "zod";
import { request } from "./define-request.js";
import { bytes, list, optional, text, unit } from "./fields.js";
import { blockTemplate, submitBlockResult } from "./records/chain.js";
import { sourceErrors } from "./source-errors.js";

const MAX_BLOCK_BYTES = 4_000_000;

/** Templates, and blocks that modules found or received. */
export const miningRequests = {
  GetBlockTemplate: request({
    isLarge: true,
    permission: "read_blockchain",
    errors: sourceErrors,
    about:
      "A block to be mined on the tip. Transactions stand there without their witness, in the order of the block.",
    input: () =>
      z.object({
        rules: list(text("a rule that the caller knows, such as segwit", 64), 32),
        coinbase_script: optional(bytes("script that is paid; absent with coinbase_address", 10_000)),
        coinbase_address: optional(text("address that is paid, or hex: and the script's bytes", 20_004)),
      }),
    answer: blockTemplate,
    call: (
      rules: readonly string[],
      coinbase?: { readonly coinbase_script?: Uint8Array; readonly coinbase_address?: string },
    ) => ({ rules: [...rules], ...coinbase }),
  }),
  SubmitBlock: request({
    permission: "submit_block",
    errors: sourceErrors,
    about:
      "Offers a block that was mined. A block that is refused is an answer, Rejected with the reason; so are bytes that are no block.",
    input: () => z.object({ block_bytes: bytes("consensus serialization with witness", MAX_BLOCK_BYTES) }),
    answer: submitBlockResult,
    call: (block_bytes: Uint8Array) => ({ block_bytes }),
  }),
  QueueReceivedBlock: request({
    permission: "queue_inbound_block",
    errors: [...sourceErrors, "BAD_BLOCK", "BLOCK_QUEUE_FULL"],
    about: "Hands on a block that a module received; it is validated later, as if a peer had sent it.",
    input: () => z.object({ block_bytes: bytes("consensus serialization with witness", MAX_BLOCK_BYTES) }),
    answer: unit,
    call: (block_bytes: Uint8Array) => ({ block_bytes }),
  }),
};
