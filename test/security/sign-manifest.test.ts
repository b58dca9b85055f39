import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/manifest/index.js";
import type { MeasuredCode } from "../../src/security/measured-code.js";
import { type SignRequest, signManifest } from "../../src/security/sign-manifest.js";
import { signatureProblem } from "../../src/security/signature.js";
import { signedText } from "../../src/security/signed-text.js";
import { keyNamed, type Name, plainManifest } from "./signed-module.js";

const code: MeasuredCode = { kind: "file", hash: "ab".repeat(32), sizeBytes: 3, moduleType: "module" };

function sign(text: string, name: Name, options: Partial<SignRequest> = {}) {
  const key = keyNamed(name);
  const others = new Map<string, string>();
  return signManifest({
    text,
    file: "module.toml",
    code,
    name,
    key,
    required: undefined,
    others,
    ...options,
  });
}

function signers(...named: readonly Name[]) {
  return new Map(named.map((name) => [name as string, keyNamed(name).publicKey as string]));
}

describe("signManifest", () => {
  it("signs what the manifest says once it is signed", () => {
    const { text } = sign(plainManifest, "alice");
    const manifest = parseManifest(text, "module.toml");
    const [alice] = manifest.signatures?.maintainers ?? [];
    const signed = signedText(manifest, code, { required: 1, total: 1 });
    expect(signatureProblem(signed, alice?.signature ?? "", keyNamed("alice").publicKey)).toBeUndefined();
    expect(manifest.binary).toMatchObject({ hash: code.hash, sizeBytes: 3 });
  });

  it("keeps the signatures of others that still fit, and takes the rest out", () => {
    const first = sign(plainManifest, "alice", { others: signers("bob"), required: 2 });
    expect(first.signers).toEqual([
      { name: "alice", hasSigned: true },
      { name: "bob", hasSigned: false },
    ]);
    const second = sign(first.text, "bob");
    expect([second.threshold, second.outdated]).toEqual([{ required: 2, total: 2 }, []]);
    const third = sign(second.text, "carol");
    expect([third.threshold, third.outdated]).toEqual([{ required: 2, total: 3 }, ["alice", "bob"]]);
    expect(sign(second.text, "bob", { required: 1 }).outdated).toEqual(["alice"]);
    expect(sign(second.text, "bob", { code: { ...code, sizeBytes: 4 } }).outdated).toEqual(["alice"]);
  });

  it("gives each maintainer one name and one key", () => {
    const { text } = sign(plainManifest, "alice");
    for (const options of [
      { name: "alicia" },
      { key: keyNamed("bob") },
      { others: new Map([["x", keyNamed("alice").publicKey]]) },
    ]) {
      expect(() => sign(text, "alice", options)).toThrow(
        expect.objectContaining({ code: "SIGNER_CONFLICT" }),
      );
    }
  });

  it("refuses a threshold that can't be reached", () => {
    for (const required of [0, 2, -1]) {
      const act = () => sign(plainManifest, "alice", { required });
      expect(act).toThrow(expect.objectContaining({ code: "SIGNER_CONFLICT" }));
    }
  });

  it("refuses to contradict [governance]", () => {
    const governed = `${plainManifest}[governance]\nmaintainers = ["alice", "bob"]\nthreshold = "1-of-2"\n`;
    expect(sign(governed, "bob").threshold).toEqual({ required: 1, total: 2 });
    for (const act of [() => sign(governed, "carol"), () => sign(governed, "bob", { required: 2 })]) {
      expect(act).toThrow(expect.objectContaining({ code: "MANIFEST_CONFLICT" }));
    }
  });
});
