import { z } from "zod";
import type { Block } from "../../block/block.js";
import type { ChainRpcMethods } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";
import { chainMethod, hexParam } from "./chain-method.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";
import { blockOfHex } from "./mining-methods.js";
import { longPollPlace, templateAnswer } from "./template-answer.js";
import { TemplateChange } from "./template-change.js";

const waits = { maxWaiters: 16, longestMs: 600_000 };

const templateRequest = z
  .looseObject({
    mode: z.string().max(32).optional(),
    capabilities: z.array(z.string().max(64)).max(64).optional(),
    rules: z.array(z.string().max(64)).max(64).optional(),
    longpollid: z.string().max(100).optional(),
    data: hexParam("the block").optional(),
  })
  .describe(
    'an object: rules with "segwit", longpollid to wait for a new one; mode "proposal" with data checks a block',
  );

/** Templates of blocks and proposals. @see https://github.com/bitcoin/bips/blob/master/bip-0022.mediawiki */
export function templateMethods(deps: DevnetRpcDependencies): ChainRpcMethods {
  let change: TemplateChange | undefined;
  const changeOf = () => {
    change ??= new TemplateChange(
      {
        changes$: deps.events$,
        scheduler: deps.scheduler,
        tipHash: () => deps.kernel.tip.hash,
        mempoolSequence: () => deps.mempoolSequence(),
      },
      waits,
    );
    return change;
  };
  return {
    getblocktemplate: chainMethod({
      description:
        "gives what a new block is made of (BIP22), or tells whether a block would be taken (BIP23)",
      params: z.strictObject({ template_request: templateRequest.default({}) }),
      async run({ template_request: request }, signal) {
        const mode = request.mode ?? "template";
        if (mode === "proposal") return proposalAnswer(deps, request.data);
        if (mode !== "template") {
          const problem = `Invalid mode: ${mode}`;
          throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: "template or proposal" });
        }
        if (request.rules?.includes("segwit") !== true) {
          throw chainErrors.CHAIN_PARAMETER_INVALID({
            problem:
              'getblocktemplate must be called with the segwit rule set (call with {"rules": ["segwit"]})',
            allowed: "rules with segwit",
          });
        }
        if (request.longpollid !== undefined) {
          const { tipHash, sequence } = longPollPlace(request.longpollid);
          await changeOf().wait(tipHash, sequence, signal);
        }
        return templateAnswer(deps);
      },
    }),
  };
}

function proposalAnswer(deps: DevnetRpcDependencies, hex: string | undefined): string | null {
  if (hex === undefined) {
    const problem = "Missing data String key for proposal";
    throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: "data with the block in hex" });
  }
  const { block } = blockOfHex(hex);
  const known = deps.kernel.entry(block.hash);
  if (known !== undefined) {
    if (known.status === "invalid") return "duplicate-invalid";
    return known.status === "active" ? "duplicate" : "duplicate-inconclusive";
  }
  return proposedAt(deps, block);
}

function proposedAt({ kernel, actions }: DevnetRpcDependencies, block: Block): string | null {
  // Core tests proposals on the tip only.
  if (block.header.previousHash !== kernel.tip.hash) return "inconclusive-not-best-prevblk";
  return kernel.propose(block, actions.nowS()) ?? null;
}
