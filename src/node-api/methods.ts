import type { RequestName } from "../requests/index.js";
import { auditMethods } from "./audit/audit-methods.js";
import { chainMethods } from "./chain-methods.js";
import { eventMethods } from "./event-methods.js";
import { hookMethods } from "./hooks/hook-methods.js";
import { mempoolMethods } from "./mempool-methods.js";
import type { Methods } from "./method.js";
import { metricMethods } from "./metrics/metric-methods.js";
import { moduleMethods } from "./module-methods.js";
import { timerMethods } from "./timers/timer-methods.js";

/** Who serves each request. */
export const methods: Partial<Methods<RequestName>> = {
  ...auditMethods,
  ...chainMethods,
  ...eventMethods,
  ...moduleMethods,
  ...hookMethods,
  ...mempoolMethods,
  ...metricMethods,
  ...timerMethods,
};
