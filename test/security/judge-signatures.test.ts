import { createECDH } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type ManifestSigner, type ModuleManifest, parseManifest } from "../../src/manifest/index.js";
import { judgeSignatures } from "../../src/security/judge-signatures.js";
import type { MeasuredCode } from "../../src/security/measured-code.js";
import { signedText } from "../../src/security/signed-text.js";
import { signText } from "../../src/security/signing-key.js";
import { trustedKeys } from "../../src/security/trust.js";
import { keyNamed, type Name, names, plainManifest, trust } from "./signed-module.js";

const code: MeasuredCode = { kind: "file", hash: "ab".repeat(32), sizeBytes: 3, moduleType: "module" };
const file = "/modules/probe/module.toml";
const nobody = trust(1);

function signed(required: number, all: readonly Name[], hasSigned: (name: Name) => boolean = () => true) {
  const manifest = parseManifest(plainManifest, file);
  const threshold = { required, total: all.length };
  const text = signedText(manifest, code, threshold);
  const maintainers = all.map((name) => {
    const key = keyNamed(name);
    return {
      name,
      publicKey: key.publicKey as string,
      signature: hasSigned(name) ? signText(text, key) : "",
    };
  });
  return { ...manifest, signatures: { threshold, maintainers } };
}

function withSigner(manifest: ReturnType<typeof signed>, change: (signer: ManifestSigner) => ManifestSigner) {
  const { threshold, maintainers } = manifest.signatures;
  return { ...manifest, signatures: { threshold, maintainers: maintainers.map(change) } };
}

function judge(manifest: ModuleManifest, trusted = nobody, requireSignatures = true) {
  return judgeSignatures(manifest, code, { trust: trusted, requireSignatures, file });
}

function uncompressed(name: Name): string {
  const pair = createECDH("secp256k1");
  pair.setPrivateKey(keyNamed(name).secret, "hex");
  return pair.getPublicKey("hex", "uncompressed");
}

describe("judgeSignatures", () => {
  it("warns of an unsigned module, and refuses it where signatures are required", async () => {
    const plain = parseManifest(plainManifest, file);
    const empty = { ...plain, signatures: { threshold: { required: 1, total: 1 }, maintainers: [] } };
    for (const manifest of [plain, empty]) {
      expect(await judge(manifest, nobody, false)).toEqual({
        signers: [],
        required: 1,
        got: 0,
        warnings: [expect.stringContaining("not signed")],
      });
      expect((await judge(manifest)).refusal?.code).toBe("UNSIGNED_MODULE");
    }
  });

  it("counts trusted keys under the operator's names, whatever the manifest calls them", async () => {
    const manifest = withSigner(signed(1, ["alice"]), (signer) => ({ ...signer, name: "mallory" }));
    const report = await judge(manifest, trust(1, "alice"));
    expect(report).toEqual({
      signers: [
        { name: "mallory", publicKey: keyNamed("alice").publicKey, trustedAs: "alice", verdict: "valid" },
      ],
      required: 1,
      got: 1,
      warnings: [],
    });
  });

  it("does not count a signer whom the operator doesn't trust (H65)", async () => {
    const { refusal, got } = await judge(signed(1, ["alice", "bob"]), trust(2, "bob", "carol"));
    expect(got).toBe(1);
    expect(refusal).toMatchObject({
      code: "NOT_ENOUGH_SIGNATURES",
      details: { required: 2, got: 1, names: ["bob"], trusted: 2 },
    });
  });

  it("does not let the manifest lower the operator's threshold, nor the operator the manifest's", async () => {
    const one = signed(1, ["alice", "bob"], (name) => name === "alice");
    expect((await judge(one, trust(2, "alice", "bob"))).refusal?.code).toBe("NOT_ENOUGH_SIGNATURES");
    const two = signed(2, ["alice", "bob"], (name) => name === "alice");
    expect((await judge(two, trust(1, "alice", "bob"))).refusal?.code).toBe("NOT_ENOUGH_SIGNATURES");
  });

  it.each([
    ["under the same name", "alice", (name: Name) => keyNamed(name).publicKey],
    ["under another name", "bob", (name: Name) => keyNamed(name).publicKey],
    ["in capitals", "bob", (name: Name) => keyNamed(name).publicKey.toUpperCase()],
    ["in the other encoding", "bob", uncompressed],
  ] as const)("refuses a key that is listed twice, the second time %s (H60)", async (_, name, written) => {
    const { signatures, ...manifest } = signed(2, ["alice", "carol"]);
    const maintainers = signatures.maintainers.map((signer, index) =>
      index === 0 ? signer : { ...signer, name, publicKey: written("alice") },
    );
    const twice = { ...manifest, signatures: { ...signatures, maintainers } };
    expect((await judge(twice, trust(2, "alice", "carol"), false)).refusal).toMatchObject({
      code: "DUPLICATE_SIGNER",
      details: { names: ["alice", name] },
    });
  });

  it("counts a key once that the operator trusts under two names and encodings", async () => {
    const maintainers = { alice: keyNamed("alice").publicKey as string, alias: uncompressed("alice") };
    expect(trustedKeys({ threshold: 2, maintainers }).size).toBe(1);
    const report = await judge(signed(1, ["alice"]), { threshold: 2, maintainers });
    expect([report.got, report.refusal?.code]).toEqual([1, "NOT_ENOUGH_SIGNATURES"]);
  });

  it("refuses a key that is none, in the manifest and in the trust list (H62)", async () => {
    const hybrid = `06${uncompressed("alice").slice(2)}`;
    const manifest = withSigner(signed(1, ["alice"]), (signer) => ({ ...signer, publicKey: hybrid }));
    expect((await judge(manifest, trust(1, "alice"), false)).refusal).toMatchObject({
      code: "BAD_KEY",
      message: expect.stringContaining("alice"),
    });
    const rejected = judge(signed(1, ["alice"]), {
      threshold: 1,
      maintainers: { bob: `02${"0".repeat(64)}` },
    });
    await expect(rejected).rejects.toMatchObject({
      code: "BAD_KEY",
      message: expect.stringContaining("maintainers.bob"),
    });
  });

  it("names the signatures that don't fit when too few are left (H63)", async () => {
    const manifest = { ...signed(2, ["alice", "bob"]), version: "1.0.1" };
    expect((await judge(manifest, trust(2, "alice", "bob"), false)).refusal).toMatchObject({
      code: "BAD_SIGNATURE",
      details: {
        required: 2,
        got: 0,
        problems: [expect.stringMatching(/^alice/), expect.stringMatching(/^bob/)],
      },
    });
  });

  it("only warns of a wrong signature when enough others are valid", async () => {
    const manifest = withSigner(signed(1, ["alice", "bob"]), (signer) =>
      signer.name === "bob" ? { ...signer, signature: "30" } : signer,
    );
    const report = await judge(manifest, trust(1, "alice", "bob"));
    expect(report.refusal).toBeUndefined();
    expect(report.warnings).toEqual([expect.stringContaining("bob")]);
  });

  it("lets a wrong signature of a stranger not stand for a trusted one that is missing", async () => {
    const manifest = withSigner(
      signed(1, ["alice", "bob"], (name) => name === "bob"),
      (signer) => (signer.name === "bob" ? { ...signer, signature: "30" } : signer),
    );
    expect((await judge(manifest, trust(1, "alice"))).refusal?.code).toBe("NOT_ENOUGH_SIGNATURES");
  });

  it("takes signatures for mere proof of wholeness while nobody is trusted", async () => {
    const whole = await judge(signed(1, ["alice", "bob"]), nobody, false);
    expect([whole.refusal, whole.got]).toEqual([undefined, 0]);
    expect(whole.warnings).toEqual([
      expect.stringContaining("signed by alice, bob, and [modules.trust] names nobody"),
    ]);
    expect((await judge(signed(1, ["alice"]), nobody)).refusal?.code).toBe("NOT_ENOUGH_SIGNATURES");
    const damaged = { ...signed(1, ["alice"]), version: "2.0.0" };
    expect((await judge(damaged, nobody, false)).refusal?.code).toBe("BAD_SIGNATURE");
    const unfinished = signed(2, ["alice", "bob"], (name) => name === "alice");
    expect((await judge(unfinished, nobody, false)).refusal?.code).toBe("NOT_ENOUGH_SIGNATURES");
  });

  it("enforces the trust list on signed modules also where signatures aren't required", async () => {
    expect((await judge(signed(1, ["alice"]), trust(1, "bob"), false)).refusal?.code).toBe(
      "NOT_ENOUGH_SIGNATURES",
    );
  });

  it("writes names so that they can't steer a terminal", async () => {
    const manifest = withSigner(signed(2, ["alice", "bob"]), (signer) => ({
      ...signer,
      name: `\u001b[2J${signer.name}\n\u202e`,
      signature: "30",
    }));
    const { refusal } = await judge(manifest, trust(2, "alice", "bob"));
    expect(refusal?.message).toContain("\\u{1b}[2Jalice\\u{a}\\u{202e} (");
    expect(refusal?.message).not.toMatch(/\p{Cc}/u);
  });

  it("gives the event loop a turn between two signatures", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await judge(signed(7, names), trust(7, ...names));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});
