import { setImmediate as nextTurn } from "node:timers/promises";
import type { EngineError } from "../errors.js";
import { type ManifestSignatures, type ModuleManifest, manifestErrors } from "../manifest/index.js";
import { securityErrors } from "./errors.js";
import type { MeasuredCode } from "./measured-code.js";
import { type PublicKey, parsePublicKey, publicKeyRule } from "./public-key.js";
import { showText } from "./show-text.js";
import { signatureProblem } from "./signature.js";
import { signedText } from "./signed-text.js";
import { type TrustList, trustedKeys } from "./trust.js";

/** What became of one signature of the manifest. */
export interface SignerReport {
  /** As the manifest names the signer. */
  readonly name: string;
  readonly publicKey: PublicKey;
  /** The operator's name for this key, where it is trusted. */
  readonly trustedAs?: string;
  /** `missing`: the manifest lists the key and no signature yet. */
  readonly verdict: "valid" | "invalid" | "missing";
  /** Why it is invalid. */
  readonly problem?: string;
}

export interface SignatureReport {
  /** In the order of the manifest; empty for an unsigned module. */
  readonly signers: readonly SignerReport[];
  /** Signatures that are needed: the greater of the operator's and the manifest's threshold. */
  readonly required: number;
  /** Valid signatures of trusted keys. */
  readonly got: number;
  /** Why the module must not run; absent when it may. */
  readonly refusal?: EngineError;
  /** What an operator should know about a module that may run. */
  readonly warnings: readonly string[];
}

export interface SignatureRules {
  readonly trust: TrustList;
  readonly requireSignatures: boolean;
  /** The manifest's path, for messages. */
  readonly file: string;
}

/**
 * Judges a manifest's signatures over what it says and the code that was measured. Only keys of the
 * operator's list count, each once. Refused is, with the code in `refusal`:
 * - an unsigned module where signatures are required (UNSIGNED_MODULE); else it is a warning;
 * - a key that is none (BAD_KEY), a key that is listed twice (DUPLICATE_SIGNER);
 * - fewer valid trusted signatures than the greater of both thresholds: BAD_SIGNATURE if some of those that
 *   could count don't fit, else NOT_ENOUGH_SIGNATURES. While nobody is trusted and signatures aren't
 *   required, signatures of any keys must reach the manifest's own threshold, and it is a warning.
 *
 * Gives the event loop a turn between two signatures. Rejects with BAD_KEY when the trust list holds no key.
 */
export async function judgeSignatures(
  manifest: ModuleManifest,
  code: MeasuredCode,
  rules: SignatureRules,
): Promise<SignatureReport> {
  const trusted = trustedKeys(rules.trust);
  const { name: module, signatures } = manifest;
  if (signatures === undefined || signatures.maintainers.length === 0) return unsigned(module, rules);

  const required = Math.max(rules.trust.threshold, signatures.threshold.required);
  const keys = distinctKeys(module, signatures, rules.file);
  if (!Array.isArray(keys)) return { signers: [], required, got: 0, refusal: keys, warnings: [] };

  const text = signedText(manifest, code, signatures.threshold);
  const signers: SignerReport[] = [];
  for (const [index, { name, signature }] of signatures.maintainers.entries()) {
    const publicKey = keys[index];
    if (publicKey === undefined) continue;
    await nextTurn();
    const trustedAs = trusted.get(publicKey);
    const problem = signature === "" ? undefined : signatureProblem(text, signature, publicKey);
    signers.push({
      name,
      publicKey,
      verdict: signature === "" ? "missing" : problem === undefined ? "valid" : "invalid",
      ...(trustedAs === undefined ? {} : { trustedAs }),
      ...(problem === undefined ? {} : { problem }),
    });
  }
  return verdict(module, signers, required, signatures.threshold.required, trusted.size, rules);
}

function unsigned(module: string, { requireSignatures, trust }: SignatureRules): SignatureReport {
  const report = { signers: [], required: trust.threshold, got: 0 };
  if (requireSignatures)
    return { ...report, refusal: securityErrors.UNSIGNED_MODULE({ module }), warnings: [] };
  return { ...report, warnings: [unsignedWarning(module)] };
}

/** What an operator is told about an unsigned module that may run. */
export function unsignedWarning(module: string): string {
  return `module ${module} is not signed; set modules.require_signatures to run signed modules only`;
}

/** The keys in normal form, in the manifest's order, or why they can't be counted. */
function distinctKeys(
  module: string,
  { maintainers }: ManifestSignatures,
  file: string,
): PublicKey[] | EngineError {
  const names = new Map<PublicKey, string>();
  for (const { name, publicKey } of maintainers) {
    const parsed = parsePublicKey(publicKey);
    if (!parsed.ok) {
      const key = `signatures.maintainers.${showText(name)}`;
      const remedy = "write the maintainer's public key";
      return manifestErrors.BAD_KEY({ file, key, found: parsed.problem, allowed: publicKeyRule, remedy });
    }
    const other = names.get(parsed.key);
    if (other !== undefined)
      return securityErrors.DUPLICATE_SIGNER({ module, names: [other, name].map(showText) });
    names.set(parsed.key, name);
  }
  return [...names.keys()];
}

function verdict(
  module: string,
  signers: readonly SignerReport[],
  required: number,
  manifestRequires: number,
  trusted: number,
  { requireSignatures }: SignatureRules,
): SignatureReport {
  const valid = signers.filter(({ verdict }) => verdict === "valid");
  const counted = valid.filter(({ trustedAs }) => trustedAs !== undefined);
  const got = counted.length;
  const wrong = signers.filter(({ verdict }) => verdict === "invalid");
  const report = { signers, required, got };
  const inWords = ({ name, problem }: SignerReport) => `${showText(name)} (${problem})`;

  // Nobody to trust: the signatures can't prove who made the module, only that it wasn't damaged.
  const isTrustless = trusted === 0 && !requireSignatures;
  const enough = isTrustless ? valid.length >= manifestRequires : got >= required;
  if (enough) {
    const warnings = wrong.map(
      (each) => `module ${module}: not counted is the signature of ${inWords(each)}`,
    );
    if (isTrustless) {
      const names = valid.map(({ name }) => showText(name)).join(", ");
      warnings.push(
        `module ${module} is signed by ${names}, and [modules.trust] names nobody: who made it is not known`,
      );
    }
    return { ...report, warnings };
  }
  const couldCount = trusted === 0 ? wrong : wrong.filter(({ trustedAs }) => trustedAs !== undefined);
  const refusal =
    couldCount.length > 0
      ? securityErrors.BAD_SIGNATURE({
          module,
          required: isTrustless ? manifestRequires : required,
          got: isTrustless ? valid.length : got,
          problems: couldCount.map(inWords),
        })
      : securityErrors.NOT_ENOUGH_SIGNATURES({
          module,
          required,
          got,
          names: counted.map(({ name, trustedAs }) => trustedAs ?? name),
          trusted,
        });
  return { ...report, refusal, warnings: [] };
}
