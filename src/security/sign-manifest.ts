import { type ModuleManifest, manifestErrors, parseManifest, type Threshold } from "../manifest/index.js";
import { securityErrors } from "./errors.js";
import type { MeasuredCode } from "./measured-code.js";
import { type PublicKey, parsePublicKey, publicKeyRule } from "./public-key.js";
import { sealManifest } from "./seal-manifest.js";
import { showText } from "./show-text.js";
import { signatureProblem } from "./signature.js";
import { signedText } from "./signed-text.js";
import { type SigningKey, signText } from "./signing-key.js";

export interface SignRequest {
  /** Of `module.toml`. */
  readonly text: string;
  /** Its path, for messages. */
  readonly file: string;
  readonly code: MeasuredCode;
  readonly name: string;
  readonly key: SigningKey;
  /** Signatures that the module needs; undefined keeps what the manifest says, 1 where it says nothing. */
  readonly required: number | undefined;
  /** Public keys by name of maintainers who sign later: their places count for M of the threshold now. */
  readonly others: ReadonlyMap<string, string>;
}

export interface SignedManifest {
  readonly text: string;
  readonly threshold: Threshold;
  /** All maintainers that the manifest lists now. */
  readonly signers: readonly { readonly name: string; readonly hasSigned: boolean }[];
  /** Whose signatures no longer fitted and were taken out. */
  readonly outdated: readonly string[];
}

interface Signer {
  readonly name: string;
  readonly key: PublicKey;
  readonly signature: string;
}

/**
 * Signs a module: writes hash and size of its code and the signature into the manifest's text, adding the
 * maintainer where the manifest doesn't list it yet. M of the threshold is the number of maintainers under
 * [governance], else of those listed. A new M, or anything else that changed, makes earlier signatures
 * worthless: they are taken out, so that the manifest never carries a wrong one.
 * @throws SIGNER_CONFLICT, BAD_KEY, MANIFEST_NOT_SEALED, and what `parseManifest` throws
 */
export function signManifest(request: SignRequest): SignedManifest {
  const { text, file, code, name, key } = request;
  const manifest = parseManifest(text, file);
  const listed = new SignerList(manifest, file);
  listed.add(name, key.publicKey);
  for (const [other, publicKey] of request.others) listed.add(other, listed.parse(other, publicKey));

  const threshold = thresholdOf(manifest, listed.signers.length, request.required);
  const signed = signedText(manifest, code, threshold);
  const outdated: string[] = [];
  const maintainers = listed.signers.map((signer) => {
    if (signer.key === key.publicKey) return { ...signer, signature: signText(signed, key) };
    if (signer.signature === "" || signatureProblem(signed, signer.signature, signer.key) === undefined)
      return signer;
    outdated.push(signer.name);
    return { ...signer, signature: "" };
  });
  const signatures = {
    threshold,
    maintainers: maintainers.map(({ name, key, signature }) => ({ name, publicKey: key, signature })),
  };
  return {
    text: sealManifest(text, { binary: code, signatures }, file),
    threshold,
    signers: maintainers.map(({ name, signature }) => ({ name, hasSigned: signature !== "" })),
    outdated,
  };
}

/** The maintainers of a manifest, each with one name and one key. */
class SignerList {
  readonly signers: Signer[] = [];
  readonly #module: string;
  readonly #file: string;

  constructor({ name, signatures }: ModuleManifest, file: string) {
    this.#module = name;
    this.#file = file;
    for (const each of signatures?.maintainers ?? []) {
      this.add(each.name, this.parse(each.name, each.publicKey), each.signature);
    }
  }

  /** Adds a maintainer; one that is listed under this name and key stays as it is. */
  add(name: string, key: PublicKey, signature = ""): void {
    const other = this.signers.find((signer) => signer.name === name || signer.key === key);
    if (other === undefined) this.signers.push({ name, key, signature });
    else if (other.name !== name) {
      throw this.#conflict(
        `the key of ${name} is listed as that of ${other.name}`,
        "use that name, or another key",
      );
    } else if (other.key !== key) {
      throw this.#conflict(`${name} is listed with another key`, "use that key, or remove the entry first");
    }
  }

  parse(name: string, text: string): PublicKey {
    const parsed = parsePublicKey(text);
    if (parsed.ok) return parsed.key;
    throw manifestErrors.BAD_KEY({
      file: this.#file,
      key: `signatures.maintainers.${showText(name)}`,
      found: parsed.problem,
      allowed: publicKeyRule,
      remedy: "write the maintainer's public key",
    });
  }

  #conflict(found: string, remedy: string) {
    return securityErrors.SIGNER_CONFLICT({ module: this.#module, found: showText(found), remedy });
  }
}

function thresholdOf(manifest: ModuleManifest, signers: number, asked: number | undefined): Threshold {
  const { governance, signatures } = manifest;
  const total = (governance?.maintainers.length ?? 0) || signers;
  const required = asked ?? governance?.threshold?.required ?? signatures?.threshold.required ?? 1;
  if (required >= 1 && required <= total) return { required, total };
  throw securityErrors.SIGNER_CONFLICT({
    module: manifest.name,
    found: `a threshold of ${required} for ${total} maintainers`,
    remedy: "ask for fewer signatures, or name more maintainers",
  });
}
