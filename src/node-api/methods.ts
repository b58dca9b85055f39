import type { RequestName } from "../requests/index.js";
import { auditMethods } from "./audit/audit-methods.js";
import { chainMethods } from "./chain-methods.js";
import { eventMethods } from "./event-methods.js";
import type { Methods } from "./method.js";
import { moduleMethods } from "./modules/module-methods.js";

/** Who serves each request. */
export const methods: Partial<Methods<RequestName>> = {
  ...auditMethods,
  ...chainMethods,
  ...eventMethods,
  ...moduleMethods,
};
