import { defineErrors } from "../errors.js";

export const sdkErrors = defineErrors({
  /** connect() lacks something that neither its options nor the environment name. */
  NO_IDENTITY: (d: { missing: string; variable: string }) =>
    `connect() found no ${d.missing}; pass it as an option or set ${d.variable}; ` +
    "a module that the host starts has it in its environment",
  /** The host asked for something that this module has no handler for. */
  NOT_SUPPORTED: (d: { invocation: string }) =>
    `this module serves no ${d.invocation} invocation; only what it registered may be asked; check the module's version`,
});
