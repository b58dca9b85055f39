import { defineErrors } from "../errors.js";

/** Where a manifest or a module's configuration is wrong, and what would be right. */
export interface ManifestFault {
  readonly file: string;
  /** Line in the file, from 1; absent where only the value as a whole is wrong. */
  readonly line?: number | undefined;
  readonly key: string;
  readonly found: string;
  readonly allowed: string;
  readonly remedy: string;
}

function sentence(fault: ManifestFault): string {
  const place = fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`;
  return `${place}: ${fault.key}: found ${fault.found}; allowed: ${fault.allowed}; ${fault.remedy}`;
}

/** Everything that can be wrong with `module.toml` or with a module's own configuration. */
export const manifestErrors = defineErrors({
  /** `module.toml` holds more than 64 KiB and was not parsed. */
  MANIFEST_TOO_LARGE: sentence,
  /** `module.toml` can't be read, is no valid TOML, or a key has the wrong type. */
  BAD_MANIFEST: sentence,
  /** A list or a table in `module.toml` has more entries than it may have. */
  MANIFEST_LIMIT: sentence,
  /** Two places in `module.toml` say different things about the same matter. */
  MANIFEST_CONFLICT: sentence,
  /** The name of a module or of a storage tree is missing, malformed, or reserved. */
  BAD_NAME: sentence,
  /** The module's version, or a version that it asks of the node, is missing or malformed. */
  BAD_VERSION: sentence,
  /** The entry point is malformed, leaves the module's directory, or is a file that can't be run. */
  BAD_ENTRY_POINT: sentence,
  /** `capabilities` is no list of known capability names. */
  BAD_CAPABILITY: sentence,
  /** A dependency's name is no module's name, or its version range can't be read. */
  BAD_DEPENDENCY: sentence,
  /** `rpc_overrides` names a method that no module may answer in the node's place. */
  BAD_RPC_OVERRIDE: sentence,
  /** A SHA-256 is missing or has not the form of one. */
  BAD_HASH: sentence,
  /** A threshold is missing, is no N-of-M, can't be reached, or M is not the number of maintainers. */
  BAD_THRESHOLD: sentence,
  /** A TOML key that could reach into an object's prototype, or a maintainer's public key that is none by its form. */
  BAD_KEY: sentence,
  /** A value in `module.toml` only holds the place of the real one; reported when a module is checked, not when it is loaded. */
  PLACEHOLDER: sentence,
  /** A module that was checked has faults, which were listed one by one. */
  MANIFEST_FAULTY: (d: { file: string; faults: number }) =>
    `${d.file}: found ${d.faults} ${d.faults === 1 ? "fault" : "faults"}; allowed: none; correct what is listed and check again`,
  /** The module asks for a node of other versions than this one. */
  NODE_INCOMPATIBLE: (d: { module: string; problems: readonly string[] }) =>
    `module ${d.module} does not fit this node: ${d.problems.join("; ")}; use a version of the module that fits, or update the node`,
  /** A module's `config.toml` holds more than 64 KiB and was not parsed. */
  MODULE_CONFIG_TOO_LARGE: sentence,
  /** A module's configuration can't be read, is no valid TOML, or can't be written as environment variables. */
  MODULE_CONFIG_INVALID: sentence,
});
