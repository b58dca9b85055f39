import { manifestErrors } from "../manifest/index.js";
import { type PublicKey, parsePublicKey, publicKeyRule } from "./public-key.js";

/** Whose signatures count, and how many: `[modules.trust]`. */
export interface TrustList {
  /** Signatures that a module needs at least, from 1. */
  readonly threshold: number;
  /** Public keys in hex by maintainer. */
  readonly maintainers: Readonly<Record<string, string>>;
}

/**
 * The trusted keys in normal form with their maintainers' names; a key under two names counts once.
 * @throws BAD_KEY naming the maintainer whose key is none
 */
export function trustedKeys({ maintainers }: TrustList): ReadonlyMap<PublicKey, string> {
  const keys = new Map<PublicKey, string>();
  for (const [name, text] of Object.entries(maintainers)) {
    const parsed = parsePublicKey(text);
    if (!parsed.ok) {
      throw manifestErrors.BAD_KEY({
        file: "[modules.trust]",
        key: `maintainers.${name}`,
        found: parsed.problem,
        allowed: publicKeyRule,
        remedy: "ask the maintainer for the public key",
      });
    }
    if (!keys.has(parsed.key)) keys.set(parsed.key, name);
  }
  return keys;
}
