import { defineErrors } from "../errors.js";

export const securityErrors = defineErrors({
  /** A request or an event needs what the module's manifest doesn't declare, or what no module may do. */
  PERMISSION_DENIED: (d: { what: string; needs: string; declared: readonly string[]; remedy: string }) =>
    `${d.what} needs ${d.needs}, the module has ${d.declared.length === 0 ? "no capability" : d.declared.join(", ")}; ${d.remedy}`,
});
