import type { Methods } from "../method.js";

/** What was decided over the caller's own requests. */
export const auditMethods: Methods<"AuditLog"> = {
  AuditLog: ({ input, caller, services }) => services.audit.entries(input.limit, caller.moduleName),
};
