import { defineErrors } from "../errors.js";

function listed(names: readonly string[]): string {
  return names.length === 0 ? "nobody" : names.join(", ");
}

export const securityErrors = defineErrors({
  /** A request or an event needs what the module's manifest doesn't declare, or what no module may do. */
  PERMISSION_DENIED: (d: { what: string; needs: string; declared: readonly string[]; remedy: string }) =>
    `${d.what} needs ${d.needs}, the module has ${d.declared.length === 0 ? "no capability" : d.declared.join(", ")}; ${d.remedy}`,
  /** What a module's entry point names can't be run: a link, no regular file, not executable, a script for a strange interpreter. */
  BAD_BINARY: (d: { module: string; found: string; allowed: string; remedy: string }) =>
    `module ${d.module}: the entry point is ${d.found}; allowed is ${d.allowed}: ${d.remedy}`,
  /** A module's code has more bytes, files or nested folders than a module may have. */
  CODE_TOO_LARGE: (d: { module: string; what: string; limit: number; unit: string }) =>
    `module ${d.module}: ${d.what} than ${d.limit} ${d.unit}, which is the most that a module's code may have; bundle it or move data out of it`,
  /** The code is not the one whose hash the manifest names. */
  HASH_MISMATCH: (d: { module: string; expected: string; actual: string }) =>
    `module ${d.module}: the code has the hash ${d.actual}, binary.hash says ${d.expected}; it was changed or damaged: restore the file, or sign the new one`,
  /** The code has another size than the manifest names. */
  SIZE_MISMATCH: (d: { module: string; expectedBytes: number; actualBytes: number }) =>
    `module ${d.module}: the code has ${d.actualBytes} bytes, binary.size says ${d.expectedBytes}; it was changed or damaged: restore the file, or sign the new one`,
  /** Too few signatures are left because some of those in the manifest don't fit the module. */
  BAD_SIGNATURE: (d: { module: string; required: number; got: number; problems: readonly string[] }) =>
    `module ${d.module}: ${d.got} signatures fit and ${d.required} are needed, wrong are those of ${d.problems.join("; ")}; ` +
    "code or manifest were changed after signing: get the original, or have it signed again",
  /** The manifest lists one public key twice, in whatever encoding and under whatever names. */
  DUPLICATE_SIGNER: (d: { module: string; names: readonly string[] }) =>
    `module ${d.module}: one public key signs as ${d.names.join(" and as ")}, a key counts once; remove all but one of them`,
  /** Fewer valid signatures of trusted keys than the operator and the manifest ask for. */
  NOT_ENOUGH_SIGNATURES: (d: {
    module: string;
    required: number;
    got: number;
    /** The trusted maintainers whose signatures are valid. */
    names: readonly string[];
    trusted: number;
  }) =>
    `module ${d.module}: valid signatures of trusted maintainers: ${d.got} (${listed(d.names)}), ${d.required} are needed; ` +
    (d.trusted === 0
      ? "nobody is trusted yet: add maintainers to [modules.trust]"
      : `${d.trusted} are trusted in [modules.trust]: have more of them sign, or trust more`),
  /** A module without signatures where `modules.require_signatures` is set. */
  UNSIGNED_MODULE: (d: { module: string }) =>
    `module ${d.module} carries no signature, only signed modules are allowed; have it signed, or unset modules.require_signatures`,
  /** The private copy of a module's code can't be made. */
  CODE_COPY_FAILED: (d: { module: string; copyDir: string; reason: string }) =>
    `module ${d.module}: its code can't be copied to ${d.copyDir} (${d.reason}); a new folder on a disk with room is needed: make room or correct modules.data_dir`,
  /** A private key file can't be used, or can't be made. */
  BAD_KEY_FILE: (d: { file: string; found: string; remedy: string }) =>
    `${d.file}: found ${d.found}; a private key is a file of mode 0600 with 64 hexadecimal characters: ${d.remedy}`,
  /** A signature that would contradict what the manifest says of its signers. */
  SIGNER_CONFLICT: (d: { module: string; found: string; remedy: string }) =>
    `module ${d.module}: ${d.found}; each maintainer has one name and one key, and the threshold is between 1 and their number: ${d.remedy}`,
  /** `module.toml` writes [binary] or [signatures] in a way that can't be rewritten without touching the rest. */
  MANIFEST_NOT_SEALED: (d: { file: string; reason: string }) =>
    `${d.file} was left as it is: the signed text would read differently (${d.reason}); write [binary] and [signatures] as tables of their own`,
});
