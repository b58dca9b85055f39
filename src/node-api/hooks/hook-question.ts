import { type HOOKS, type RequestInput, requests } from "../../requests/index.js";

export type HookName = (typeof HOOKS)[number];

/** What a provider is given, by hook. */
export interface HookArgs {
  readonly get_fee_estimate_cached: RequestInput<"GetFeeEstimate">;
  readonly get_mempool_stats_cached: Readonly<Record<string, never>>;
}

/** How long a provider may take, and what its answer must fit: that of the request in whose stead it answers. */
export const hookQuestions = {
  get_fee_estimate_cached: { limitMs: 100, answer: requests.GetFeeEstimate.answer },
  get_mempool_stats_cached: { limitMs: 50, answer: requests.GetMempoolSize.answer },
} as const;
