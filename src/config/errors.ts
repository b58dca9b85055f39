import { defineErrors } from "../errors.js";

/** What can be wrong with the host's configuration. */
export const configErrors = defineErrors({
  /** The configuration file that was named is not there or can't be read. */
  CONFIG_UNREADABLE: (d: { file: string; reason: string }) =>
    `configuration file ${d.file} can't be read (${d.reason}); it must be a readable UTF-8 file: correct --config or create the file`,
  /** The configuration file is larger than any honest one. */
  CONFIG_TOO_LARGE: (d: { file: string; limitBytes: number }) =>
    `configuration file ${d.file} holds more than ${d.limitBytes} bytes and was not parsed; is it the right file?`,
  /** The configuration file is no TOML. */
  CONFIG_SYNTAX: (d: { file: string; line?: number | undefined; problem: string }) =>
    `${place(d)}: ${d.problem}; TOML 1.0 is expected: correct the line`,
  /** A section or key that the configuration does not have. */
  CONFIG_UNKNOWN_KEY: (d: {
    place: string;
    key: string;
    nearest?: string | undefined;
    allowed: readonly string[];
  }) =>
    `${d.place}: unknown key ${d.key}${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`} ` +
    `Allowed here: ${d.allowed.join(", ")}`,
  /** A key holds a value that it can't take. */
  CONFIG_BAD_VALUE: (d: { place: string; key: string; found: string; allowed: string }) =>
    `${d.place}: ${d.key} is ${d.found}; allowed: ${d.allowed}; correct the value or remove it for the default`,
  /** The configuration file was changed while the host runs, into something that can't be taken over. */
  CONFIG_INVALID: (d: { problem: string }) =>
    `the changed configuration is not taken over and the one of before stays in force: ${d.problem}`,
  /** A `[modules.<name>]` table whose name no module can have. */
  CONFIG_BAD_MODULE_NAME: (d: { place: string; name: string; problem: string }) =>
    `${d.place}: modules.${d.name} has ${d.problem}; a module's name is 1 to 64 characters of a-z, 0-9 and -: correct the table's name`,
});

function place(d: { file: string; line?: number | undefined }): string {
  return d.line === undefined ? d.file : `${d.file}:${d.line}`;
}
