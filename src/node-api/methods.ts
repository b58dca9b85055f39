import type { RequestName } from "../requests/index.js";
import { auditMethods } from "./audit/audit-methods.js";
import { blockchainMethods } from "./blockchain-methods.js";
import { eventMethods } from "./event-methods.js";
import { fileMethods } from "./files/file-methods.js";
import { hookMethods } from "./hooks/hook-methods.js";
import { mempoolMethods } from "./mempool-methods.js";
import type { Methods } from "./method.js";
import { metricMethods } from "./metrics/metric-methods.js";
import { miningMethods } from "./mining-methods.js";
import { moduleMethods } from "./module-methods.js";
import { networkMethods } from "./network-methods.js";
import { paymentMethods } from "./payment-methods.js";
import { storageMethods } from "./storage/storage-methods.js";
import { timerMethods } from "./timers/timer-methods.js";

/** Who serves each request. */
export const methods: Partial<Methods<RequestName>> = {
  ...auditMethods,
  ...blockchainMethods,
  ...eventMethods,
  ...mempoolMethods,
  ...miningMethods,
  ...fileMethods,
  ...moduleMethods,
  ...networkMethods,
  ...paymentMethods,
  ...storageMethods,
  ...hookMethods,
  ...metricMethods,
  ...timerMethods,
};
