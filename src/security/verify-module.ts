import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { EngineError } from "../errors.js";
import type { ModuleManifest } from "../manifest/index.js";
import { badBinary } from "./bad-binary.js";
import type { CodeLimits } from "./code-budget.js";
import { entryInPlace } from "./entry-in-place.js";
import { securityErrors } from "./errors.js";
import { judgeSignatures, unsignedWarning } from "./judge-signatures.js";
import { measureCode } from "./measure-code.js";
import type { MeasuredCode } from "./measured-code.js";
import { PrivateCopy } from "./private-copy.js";
import type { TrustList } from "./trust.js";

export interface VerifyOptions {
  /** Real path of the module's directory. */
  readonly directory: string;
  readonly manifest: ModuleManifest;
  /** The file or directory that the entry point was found to be. */
  readonly entryPath: string;
  /** Real path of the folder that `entryPath` lies in and must not leave; default: `directory`. */
  readonly codeRoot?: string;
  /** Folder for the private copy: host-owned, not there yet, another one at each load. */
  readonly copyDir: string;
  readonly trust: TrustList;
  readonly requireSignatures: boolean;
  readonly limits?: CodeLimits;
}

/** A module that may run. */
export interface VerifiedModule {
  /** The file to run. */
  readonly entryPath: string;
  /** True when `entryPath` lies in the private copy: exactly the bytes that were verified. */
  readonly isCopy: boolean;
  /** SHA-256 of the code; undefined for a module that is run in place. */
  readonly codeHash: string | undefined;
  readonly sizeBytes: number | undefined;
  /** The operator's names of those whose signatures counted. */
  readonly signers: readonly string[];
  readonly warnings: readonly string[];
  /** Removes the private copy, once the module's process is gone. Idempotent, never rejects. */
  removeCopy(): Promise<void>;
}

/**
 * Decides whether a module may run, and what is run. The code is read once; the bytes that are hashed are the
 * bytes of the private copy in `copyDir`, and the copy is what runs, so that changing the original during or
 * after the check changes nothing. The caller owns the copy from here on; after a refusal there is none.
 *
 * Only a module that claims nothing (no [binary], no [signatures]) is run in place where signatures aren't
 * required: its entry point may need files beside it, and nothing about it is promised. So a module with
 * [binary] or [signatures] is one self-contained file, or a directory that holds all it needs, with an `index.js`.
 *
 * @throws UNSIGNED_MODULE, BAD_BINARY, CODE_TOO_LARGE, CODE_COPY_FAILED, SIZE_MISMATCH, HASH_MISMATCH, BAD_KEY,
 * DUPLICATE_SIGNER, BAD_SIGNATURE, NOT_ENOUGH_SIGNATURES
 */
export async function verifyModule(options: VerifyOptions): Promise<VerifiedModule> {
  const { manifest, directory, copyDir, entryPath, codeRoot = directory, limits } = options;
  const { name: module, binary, signatures } = manifest;
  const isSigned = (signatures?.maintainers.length ?? 0) > 0;
  const rules = { ...options, file: join(directory, "module.toml") };
  if (!isSigned && options.requireSignatures) throw securityErrors.UNSIGNED_MODULE({ module });
  if (!isSigned && binary === undefined) return inPlace(options);

  await refuseLink(options);
  const copy = await PrivateCopy.create(module, copyDir);
  try {
    const place = { module, directory: codeRoot, entryPath };
    const code = await measureCode(place, { copy, ...(limits === undefined ? {} : { limits }) });
    const mismatch = binaryProblem(manifest, code);
    if (mismatch !== undefined) throw mismatch;
    const { refusal, signers, warnings } = await judgeSignatures(manifest, code, rules);
    if (refusal !== undefined) throw refusal;
    const counted = signers.filter(({ verdict }) => verdict === "valid");
    return {
      entryPath: code.runPath,
      isCopy: true,
      codeHash: code.hash,
      sizeBytes: code.sizeBytes,
      signers: counted.flatMap(({ trustedAs }) => trustedAs ?? []),
      warnings,
      removeCopy: () => copy.remove(),
    };
  } catch (error) {
    await copy.remove();
    throw error;
  }
}

/** SIZE_MISMATCH or HASH_MISMATCH when the code is not the one that [binary] describes; undefined when it is, or without one. */
export function binaryProblem(
  { name: module, binary }: ModuleManifest,
  { hash, sizeBytes }: MeasuredCode,
): EngineError | undefined {
  if (binary === undefined) return undefined;
  if (binary.sizeBytes !== undefined && binary.sizeBytes !== sizeBytes) {
    return securityErrors.SIZE_MISMATCH({ module, expectedBytes: binary.sizeBytes, actualBytes: sizeBytes });
  }
  if (binary.hash === hash) return undefined;
  return securityErrors.HASH_MISMATCH({ module, expected: binary.hash, actual: hash });
}

async function inPlace({
  manifest,
  directory,
  entryPath,
  codeRoot = directory,
}: VerifyOptions): Promise<VerifiedModule> {
  const { name: module } = manifest;
  const path = await entryInPlace({ module, directory: codeRoot, entryPath });
  return {
    entryPath: path,
    isCopy: false,
    codeHash: undefined,
    sizeBytes: undefined,
    signers: [],
    warnings: [unsignedWarning(module)],
    removeCopy: () => Promise.resolve(),
  };
}

/** What the manifest names is what is run: a link would let the path that was found differ from it. */
async function refuseLink({ manifest, directory }: VerifyOptions): Promise<void> {
  const named = join(directory, manifest.entryPoint);
  const stats = await lstat(named).catch(() => undefined);
  if (stats?.isSymbolicLink()) {
    throw badBinary(manifest.name, `${named}, which is a symbolic link`, "replace it by the file itself");
  }
}
