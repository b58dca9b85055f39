import { z } from "zod";
import { request } from "./define-request.js";
import { optional, text } from "./fields.js";
import { lightningInfo, paymentState } from "./records/network.js";
import { sourceErrors } from "./source-errors.js";

const nothing = () => z.object({});
const lightning = { permission: "read_lightning", errors: sourceErrors } as const;

/** Lightning and payments. */
export const paymentRequests = {
  GetLightningNodeUrl: request({
    ...lightning,
    about: "Where the Lightning node is reached; nothing when there is none.",
    input: nothing,
    answer: () => optional(text("address", 1024)),
    call: () => ({}),
  }),
  GetLightningInfo: request({
    ...lightning,
    about: "The Lightning node; nothing when there is none.",
    input: nothing,
    answer: () => optional(lightningInfo()),
    call: () => ({}),
  }),
  GetPaymentState: request({
    permission: "read_payment",
    errors: sourceErrors,
    about: "How far a payment is; nothing when its id is unknown.",
    input: () => z.object({ payment_id: text("as the request for payment has it", 256) }),
    answer: () => optional(paymentState()),
    call: (payment_id: string) => ({ payment_id }),
  }),
};
