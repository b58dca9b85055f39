import type {
  ManifestGovernance,
  ManifestSignatures,
  ManifestSigner,
  Threshold,
} from "../module-manifest.js";
import { isPlaceholder, isUnfinished } from "../placeholder.js";
import { showValue } from "../show-value.js";
import type { TableReader } from "../table-reader.js";
import { readThreshold } from "./read-threshold.js";

const maxMaintainers = 100;
const maxNameChars = 64;
const publicKeyForm = /^(0[23][0-9a-f]{64}|04[0-9a-f]{128})$/i;
const publicKeyRule = "a secp256k1 key in SEC1 hex: 02 or 03 and 64 characters, or 04 and 128";

/**
 * Reads `[signatures]`. M of the threshold is the number of maintainers: those that `[governance]` names, of whom
 * some may not have signed yet, otherwise those listed here. A signature is taken as it is written; whether it is
 * one, and of whom, is found out when the module is verified. An empty section is no signature.
 * Faults: BAD_THRESHOLD, MANIFEST_CONFLICT, BAD_KEY, BAD_MANIFEST, MANIFEST_LIMIT.
 */
export function readSignatures(
  table: TableReader | undefined,
  governance: ManifestGovernance | undefined,
): ManifestSignatures | undefined {
  if (table === undefined) return undefined;
  const listed = table.tables("maintainers", maxMaintainers);
  const isListUnread = listed === undefined && table.value("maintainers") !== undefined;
  const maintainers = (listed ?? []).map(readSigner);
  const named = governance?.maintainers.length ?? 0;
  const total = isListUnread ? undefined : named > 0 ? named : maintainers.length;
  if (table.value("threshold") === undefined) {
    if (maintainers.length > 0) {
      const remedy = `write threshold = "${total}-of-${total}", or fewer of them`;
      table.refuse("BAD_THRESHOLD", "threshold", { found: "nothing", allowed: "N-of-M", remedy });
    }
    return undefined;
  }
  const threshold = readThreshold(table, total);
  if (threshold === undefined) return undefined;
  compareWithGovernance(table, threshold, maintainers, governance);
  return { threshold, maintainers };
}

function readSigner(table: TableReader): ManifestSigner {
  const name = table.value("name");
  const isName = typeof name === "string" && name.length <= maxNameChars && /^\P{C}+$/u.test(name);
  if (!isName) {
    const allowed = `a name of 1 to ${maxNameChars} characters, none of them invisible`;
    table.refuse("BAD_MANIFEST", "name", { found: showValue(name), allowed, remedy: "name the maintainer" });
  }
  const publicKey = readPublicKey(table);
  const signature = table.text("signature") ?? "";
  if (isPlaceholder(signature)) table.report.markPlaceholder([...table.path, "signature"], signature);
  const signer = { name: isName ? name : "", publicKey, signature };
  table.warnOfUnknownKeys();
  return signer;
}

function readPublicKey(table: TableReader): string {
  const [key, publicKey] = [table.value("key"), table.value("public_key")];
  const name = key === undefined ? "public_key" : "key";
  const written = key ?? publicKey;
  if (key !== undefined && publicKey !== undefined && key !== publicKey) {
    const [found, allowed] = ["key and public_key with different values", "one of them"];
    table.refuse("MANIFEST_CONFLICT", "public_key", { found, allowed, remedy: "remove the wrong one" });
  }
  if (typeof written === "string") {
    if (isPlaceholder(written)) table.report.markPlaceholder([...table.path, name], written);
    if (publicKeyForm.test(written) || isUnfinished(written)) return written;
  }
  const finding = {
    found: showValue(written),
    allowed: publicKeyRule,
    remedy: "copy the maintainer's public key",
  };
  table.refuse("BAD_KEY", name, finding);
  return "";
}

function compareWithGovernance(
  table: TableReader,
  threshold: Threshold,
  signers: readonly ManifestSigner[],
  governance: ManifestGovernance | undefined,
): void {
  if (governance === undefined) return;
  const other = governance.threshold;
  if (other !== undefined && (other.required !== threshold.required || other.total !== threshold.total)) {
    table.refuse("MANIFEST_CONFLICT", "threshold", {
      found: `${threshold.required}-of-${threshold.total}, but ${other.required}-of-${other.total} under [governance]`,
      allowed: "the same threshold in both",
      remedy: "correct one of them",
    });
  }
  if (governance.maintainers.length === 0) return;
  for (const [index, { name }] of signers.entries()) {
    if (name === "" || governance.maintainers.includes(name)) continue;
    table.report.refuse("MANIFEST_CONFLICT", [...table.path, "maintainers", index, "name"], {
      found: `${showValue(name)}, whom [governance] does not name`,
      allowed: "one of the maintainers under [governance]",
      remedy: "add the name there or remove the signature",
    });
  }
}
