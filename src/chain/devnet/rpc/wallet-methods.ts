import { z } from "zod";
import type { ChainRpcMethods } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";
import type { AddressKind } from "../wallet/wallet.js";
import { btcOfSat } from "./btc-amount.js";
import { amountParam, chainMethod, textParam, wholeParam } from "./chain-method.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";
import { requireTarget } from "./mempool-methods.js";
import { amountOf } from "./sending-methods.js";

/** What is paid while too little is known for an estimate. */
const fallbackSatPerVb = 20;
const mostSatPerVb = 10_000;
const usualTargetBlocks = 6;

const kinds: Readonly<Record<string, AddressKind>> = { bech32: "p2wpkh", bech32m: "p2tr" };

/** The devnet's own wallet. @see https://developer.bitcoin.org/reference/rpc/sendtoaddress.html */
export function walletMethods(deps: DevnetRpcDependencies): ChainRpcMethods {
  const ignored = (description: string) => textParam(`${description}; taken and not kept`, 1000).optional();
  return {
    getnewaddress: chainMethod({
      description: "makes a new address of the devnet's wallet",
      params: z.strictObject({
        label: ignored("a label"),
        address_type: textParam("bech32 (P2WPKH) or bech32m (P2TR)", 32).default("bech32"),
      }),
      run({ address_type }) {
        const kind = Object.hasOwn(kinds, address_type) ? kinds[address_type] : undefined;
        if (kind !== undefined) return deps.actions.newAddress(kind);
        throw chainErrors.CHAIN_ADDRESS_INVALID({
          problem: `Unknown address type '${address_type}', known are bech32 and bech32m`,
          address: address_type,
        });
      },
    }),
    getbalance: chainMethod({
      description: "tells what the devnet's wallet could spend now, in BTC; change that waits counts",
      params: z.strictObject({
        dummy: z.literal("*").optional().describe('"*" or left out'),
        minconf: wholeParam("0 or left out; nothing else is counted").min(0).max(0).optional(),
      }),
      run: () => btcOfSat(deps.actions.balanceSat()),
    }),
    sendtoaddress: chainMethod({
      description: "pays an address from the devnet's wallet and tells the transaction's id",
      params: z.strictObject({
        address: textParam("who is paid: an address of regtest", 200),
        amount: amountParam("how much, in BTC"),
        comment: ignored("a comment"),
        comment_to: ignored("a comment on who is paid"),
        subtractfeefromamount: z
          .boolean()
          .default(false)
          .describe("false or left out; the wallet pays fees beside the amount"),
        replaceable: z.boolean().default(true).describe("whether it signals BIP125: true or false"),
        conf_target: wholeParam("blocks within which it is to be confirmed, 1 to 1008").optional(),
        estimate_mode: textParam("taken and not looked at: there is one estimate", 32).optional(),
        avoid_reuse: z.boolean().optional().describe("taken and not looked at"),
        fee_rate: z
          .union([z.number(), z.string().max(32)])
          .optional()
          .describe(`in sat/vB, up to ${mostSatPerVb}; not together with conf_target`),
        verbose: z
          .boolean()
          .default(false)
          .describe("true for an object with the id and where the fee comes from"),
      }),
      run({ address, amount, subtractfeefromamount, replaceable, conf_target, fee_rate, verbose }) {
        requireAddress(deps, address);
        const valueSat = amountOf(amount);
        if (valueSat === 0) throw chainErrors.CHAIN_AMOUNT_INVALID({ amount: "0, which pays nobody" });
        if (subtractfeefromamount) {
          const problem = "subtractfeefromamount is not available: this wallet pays fees beside the amount";
          throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: "false" });
        }
        const { satPerVb, reason } = feeRateOf(deps, conf_target, fee_rate);
        const { transaction } = deps.actions.pay({
          address,
          valueSat,
          feeRateSatPerVb: satPerVb,
          isReplaceable: replaceable,
        });
        return verbose ? { txid: transaction.txid, fee_reason: reason } : transaction.txid;
      },
    }),
  };
}

/** @throws CHAIN_ADDRESS_INVALID */
export function requireAddress(
  { wallet }: DevnetRpcDependencies,
  address: string,
  problem = "Invalid address",
): void {
  if (wallet.scriptOf(address) !== undefined) return;
  throw chainErrors.CHAIN_ADDRESS_INVALID({ problem, address: JSON.stringify(address.slice(0, 100)) });
}

function feeRateOf(
  { mempool, limits, actions }: DevnetRpcDependencies,
  targetBlocks: number | undefined,
  given: number | string | undefined,
): { readonly satPerVb: number; readonly reason: string } {
  if (given !== undefined) {
    if (targetBlocks !== undefined) {
      const problem =
        "Cannot specify both conf_target and fee_rate. Please provide either a confirmation target in blocks for automatic fee estimation, or an explicit fee rate.";
      throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: "one of both" });
    }
    const satPerVb = typeof given === "number" || given.trim() !== "" ? Number(given) : Number.NaN;
    if (satPerVb >= limits.minRelaySatPerVb && satPerVb <= mostSatPerVb)
      return { satPerVb, reason: "Fee rate given" };
    throw chainErrors.CHAIN_AMOUNT_INVALID({ amount: `a fee rate of ${String(given).slice(0, 40)} sat/vB` });
  }
  const target = targetBlocks ?? usualTargetBlocks;
  requireTarget(target);
  const least = Math.max(limits.minRelaySatPerVb, mempool.minFeeRateSatPerVb(actions.nowS()));
  const estimate = mempool.estimateFee(target);
  return estimate === undefined
    ? { satPerVb: Math.max(least, fallbackSatPerVb), reason: "Fallback fee" }
    : { satPerVb: Math.max(least, estimate), reason: "Fee estimate" };
}
