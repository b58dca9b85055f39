import { defineErrors } from "../errors.js";

export const sdkErrors = defineErrors({
  /** connect() lacks something that neither its options nor the environment name. */
  NO_IDENTITY: (d: { missing: string; variable: string }) =>
    `connect() found no ${d.missing}; pass it as an option or set ${d.variable}; ` +
    "a module that the host starts has it in its environment",
  /** The host asked for something that this module has no handler for. */
  NOT_SUPPORTED: (d: { invocation: string }) =>
    `this module serves no ${d.invocation} invocation; only what it registered may be asked; check the module's version`,
  /** A module's configuration does not fit the schema that the module gave to defineModule. */
  BAD_CONFIG: (d: { module: string; key: string; found: string; allowed: string }) =>
    `configuration of ${d.module}: ${d.key === "" ? "the whole" : d.key} is ${d.found}; allowed: ${d.allowed}; ` +
    `correct it in the module's config.toml or in [modules.${d.module}]`,
  /** A handler of this module threw something without a code while it served another module's call. */
  CALL_FAILED: (d: { method: string; reason: string }) =>
    `method ${d.method} failed: ${d.reason}; an answer or an error with a code is allowed; see the called module's log`,
  /** What another module answered is no JSON, or not what the caller's schema says. */
  ANSWER_UNREADABLE: (d: { method: string; problem: string }) =>
    `the answer to ${d.method} can't be read: ${d.problem}; allowed is JSON that fits the schema; ` +
    "compare the versions of both modules, or call nodeApi.callModule for raw bytes",
  /** The node's configuration of a module changed, and the node did not show it. */
  CONFIG_NOT_SHOWN: (d: { section: string }) =>
    `${d.section} changed and ConfigLoaded does not show it; only up to 64 KiB are shown: reload the module`,
  /** A reorganisation took back a block that reorgSafe had let pass. */
  REORG_TOO_DEEP: (d: { hash: string; height: number; depth: number }) =>
    `block ${d.hash} at height ${d.height} left the best chain after it was ${d.depth} deep; ` +
    "a reorganisation less deep than that is allowed: raise the depth, or use confirmed(), which retracts",
  /** A handler of the module failed over something that has no code of its own. */
  HANDLER_FAILED: (d: { call: string; reason: string }) =>
    `the module's handler of ${d.call} failed: ${d.reason}; see the module's log`,
});
