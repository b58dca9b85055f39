import { checkedAnswer } from "./chain/checked-answer.js";
import { fromSource } from "./chain/from-source.js";
import { badSourceAnswer } from "./chain/source-bytes.js";
import type { Methods } from "./method.js";

/** Lightning and payments. */
export const paymentMethods: Methods<"GetLightningNodeUrl" | "GetLightningInfo" | "GetPaymentState"> = {
  GetLightningNodeUrl: async (call) => {
    const what = "a Lightning node's address";
    const url = await fromSource(call, what, (queries) => queries.lightningNodeUrl?.());
    return checkedAnswer(call, "GetLightningNodeUrl", what, url);
  },
  GetLightningInfo: async (call) => {
    const what = "what a Lightning node tells of itself";
    const info = await fromSource(call, what, (queries) => queries.lightningInfo?.());
    return checkedAnswer(call, "GetLightningInfo", what, info);
  },
  GetPaymentState: async (call) => {
    const { payment_id } = call.input;
    const what = "the state of a payment";
    const state = await fromSource(call, what, (queries) => queries.paymentState?.(payment_id));
    if (state !== undefined && state.payment_id !== payment_id) {
      throw badSourceAnswer(call, what, "another payment");
    }
    return checkedAnswer(call, "GetPaymentState", what, state);
  },
};
