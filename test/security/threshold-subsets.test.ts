import { describe, expect, it, vi } from "vitest";
import { parseManifest } from "../../src/manifest/index.js";
import { judgeSignatures } from "../../src/security/judge-signatures.js";
import type { MeasuredCode } from "../../src/security/measured-code.js";
import { signedText } from "../../src/security/signed-text.js";
import { signText } from "../../src/security/signing-key.js";
import { keyNamed, names, plainManifest, trust } from "./signed-module.js";

// Each key is really read and each signature really checked, once: the same ones stand in many subsets.
vi.mock("../../src/security/signature.js", async (original) => {
  const { signatureProblem } = await original<typeof import("../../src/security/signature.js")>();
  return { signatureProblem: remembered(signatureProblem) };
});
vi.mock("../../src/security/public-key.js", async (original) => {
  const { parsePublicKey, ...rest } = await original<typeof import("../../src/security/public-key.js")>();
  return { ...rest, parsePublicKey: remembered(parsePublicKey) };
});
function remembered<Args extends readonly string[], Result>(check: (...args: Args) => Result) {
  const known = new Map<string, { readonly result: Result }>();
  return (...args: Args): Result => {
    const key = JSON.stringify(args);
    const { result } = known.get(key) ?? { result: check(...args) };
    known.set(key, { result });
    return result;
  };
}

const code: MeasuredCode = { kind: "file", hash: "ab".repeat(32), sizeBytes: 3, moduleType: "module" };
const file = "/modules/probe/module.toml";
const pairs = names.flatMap((_, last) =>
  Array.from({ length: last + 1 }, (_, index) => [index + 1, last + 1] as const),
);

describe("N of M", () => {
  it.each(pairs)("lets exactly the subsets of %i or more of %i signers pass", async (required, total) => {
    const manifest = parseManifest(plainManifest, file);
    const threshold = { required, total };
    const text = signedText(manifest, code, threshold);
    const all = names.slice(0, total);
    const signatures = all.map((name) => [
      "",
      signText(text, keyNamed(name)),
      signText(`${text} `, keyNamed(name)),
    ]);
    // Made once: each key costs a multiplication on the curve.
    const trusted = trust(1, ...all);
    const rules = { trust: trusted, requireSignatures: true, file };
    const seen: string[] = [];
    const wanted: string[] = [];
    for (const wrong of [0, 2]) {
      for (let subset = 0; subset < 2 ** total; subset++) {
        const maintainers = all.map((name, n) => ({
          name,
          publicKey: trusted.maintainers[name] ?? "",
          signature: signatures[n]?.[(subset >> n) & 1 ? 1 : wrong] ?? "",
        }));
        const size = [...subset.toString(2)].filter((bit) => bit === "1").length;
        const signed = { ...manifest, signatures: { threshold, maintainers } };
        const { got, refusal } = await judgeSignatures(signed, code, rules);
        const expected = wrong === 2 ? "BAD_SIGNATURE" : "NOT_ENOUGH_SIGNATURES";
        seen.push(`${subset} ${got} ${refusal?.code}`);
        wanted.push(`${subset} ${size} ${size >= required ? undefined : expected}`);
      }
    }
    expect(seen).toEqual(wanted);
  });
});
