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
  /** The module's name is missing, malformed, or reserved. */
  BAD_NAME: sentence,
  /** The module's version is missing or malformed. */
  BAD_VERSION: sentence,
  /** The entry point is malformed, leaves the module's directory, or is a file that can't be run. */
  BAD_ENTRY_POINT: sentence,
  /** `capabilities` is no list of known capability names. */
  BAD_CAPABILITY: sentence,
  /** A TOML key that could reach into an object's prototype. */
  BAD_KEY: sentence,
  /** A module's `config.toml` holds more than 64 KiB and was not parsed. */
  MODULE_CONFIG_TOO_LARGE: sentence,
  /** A module's configuration can't be read, is no valid TOML, or can't be written as environment variables. */
  MODULE_CONFIG_INVALID: sentence,
});
