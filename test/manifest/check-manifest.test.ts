import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkManifest, parseManifest } from "../../src/manifest/index.js";

const sample = readFileSync(
  fileURLToPath(new URL("../fixtures/manifests/sample.toml", import.meta.url)),
  "utf8",
);
const head = 'name = "a"\nversion = "1.0"\n';
const key = `02${"ab".repeat(32)}`;
const hash = "0123456789abcdef".repeat(4);

describe("the sample of the documents", () => {
  it("is read as it stands", () => {
    expect(parseManifest(sample, "module.toml")).toMatchObject({
      name: "lightning-network",
      version: "1.2.3",
      entryPoint: "lightning-network",
      author: "Alice <alice@example.com>",
      capabilities: ["read_blockchain", "subscribe_events"],
      dependencies: new Map([
        ["blvm-node", expect.objectContaining({ text: ">=1.0.0" })],
        ["another-module", expect.objectContaining({ text: ">=0.5.0" })],
      ]),
      binary: { hash: "abc123...", sizeBytes: 1_234_567 },
      signatures: {
        threshold: { required: 2, total: 3 },
        maintainers: [
          { name: "alice", publicKey: "02abc...", signature: "..." },
          { name: "bob", publicKey: "03def...", signature: "..." },
        ],
      },
      governance: {
        tier: "application",
        maintainers: ["alice", "bob", "charlie"],
        threshold: { required: 2, total: 3 },
        reviewPeriodDays: 14,
      },
      compatibility: {
        minNodeVersion: "1.0.0",
        minProtocolVersion: "1.0.0",
        minConsensusVersion: "1.0.0",
        testedWith: ["1.0.0", "1.1.0"],
      },
    });
  });

  it("has exactly its placeholders named, each with its line", () => {
    const { faults, placeholders, warnings } = checkManifest(sample, "module.toml");
    expect(faults).toEqual([]);
    expect(warnings).toEqual([]);
    expect(placeholders.map(({ code, details }) => [code, details.line, details.key]).sort()).toEqual([
      ["PLACEHOLDER", 15, "signatures.maintainers[0].key"],
      ["PLACEHOLDER", 15, "signatures.maintainers[0].signature"],
      ["PLACEHOLDER", 16, "signatures.maintainers[1].key"],
      ["PLACEHOLDER", 16, "signatures.maintainers[1].signature"],
      ["PLACEHOLDER", 21, "binary.hash"],
    ]);
  });
});

describe("checkManifest", () => {
  it("reads every section", () => {
    const text = `${head}rpc_overrides = ["analyzepsbt", "analyzepsbt"]
[optional_dependencies]
other = "1.x"
[config_schema]
"limits.per_day" = "how many"
[binary]
hash = "${hash}"
download_url = "https://host/x"
[downloads.linux-x64]
url = "https://host/y"
sha256 = "sha256:${hash}"
[payment]
required = true
price_sats = 2100000000000000
author_payment_code = "PM8T"
author_address = "bc1a"
commons_payment_code = "PM9T"
commons_address = "bc1b"
payment_signature = "30"
[signatures]
threshold = "1-of-2"
[[signatures.maintainers]]
name = "a"
public_key = "${key.toUpperCase()}"
signature = "3045"
[[signatures.maintainers]]
name = "b"
key = "04${"ab".repeat(64)}"`;
    const { manifest, faults } = checkManifest(text, "m");
    expect(faults).toEqual([]);
    expect(manifest).toMatchObject({
      rpcOverrides: ["analyzepsbt"],
      optionalDependencies: new Map([["other", expect.objectContaining({ text: "1.x" })]]),
      configSchema: new Map([["limits.per_day", "how many"]]),
      binary: { hash, sizeBytes: undefined, downloadUrl: "https://host/x" },
      downloads: new Map([["linux-x64", { url: "https://host/y", sha256: hash }]]),
      payment: {
        required: true,
        priceSats: 2_100_000_000_000_000,
        authorPaymentCode: "PM8T",
        authorAddress: "bc1a",
        commonsPaymentCode: "PM9T",
        commonsAddress: "bc1b",
        paymentSignature: "30",
      },
      signatures: {
        threshold: { required: 1, total: 2 },
        maintainers: [
          { name: "a", publicKey: key.toUpperCase(), signature: "3045" },
          { name: "b", publicKey: `04${"ab".repeat(64)}`, signature: "" },
        ],
      },
    });
  });

  it("takes an empty section of signatures for none", () => {
    expect(checkManifest(`${head}[signatures]\nmaintainers = []`, "m").manifest?.signatures).toBeUndefined();
  });

  it("finds every fault in one pass, with the line, the key and three parts", () => {
    const text = `name = "A"
version = 5
capabilities = ["read_utxo", "nope",
  3]
[binary]
hash = "sha1:00"
size = -1
[dependencies]
"blvm-node" = "latest"
[compatibility]
tested_with = ["1.0",
  "zz"]`;
    const { manifest, faults } = checkManifest(text, "module.toml");
    expect(manifest).toBeUndefined();
    expect(faults.map(({ code, details }) => `${details.line} ${details.key} ${code}`)).toEqual([
      "1 name BAD_NAME",
      "2 version BAD_VERSION",
      "3 capabilities[1] BAD_CAPABILITY",
      "4 capabilities[2] BAD_CAPABILITY",
      "9 dependencies.blvm-node BAD_DEPENDENCY",
      "6 binary.hash BAD_HASH",
      "7 binary.size BAD_MANIFEST",
      "12 compatibility.tested_with[1] BAD_VERSION",
    ]);
    for (const { message } of faults)
      expect(message).toMatch(/^module\.toml:\d+: [^ ]+: found .+; allowed: .+; .+$/);
    expect(() => parseManifest(text, "module.toml")).toThrow(faults[0]?.message);
  });

  it("keeps at most 100 faults and 100 warnings", () => {
    const bad = Array.from({ length: 150 }, (_, index) => `d${index} = "?"`).join("\n");
    expect(checkManifest(`${head}[dependencies]\n${bad}`, "m").faults).toHaveLength(100);
    const { manifest, warnings } = checkManifest(head + bad, "m");
    expect(manifest).toBeDefined();
    expect(warnings).toHaveLength(100);
  });

  it("warns of unknown keys on every level, with the nearest name", () => {
    const text = `${head}entrypoint = "x"\n[binary]\nhash = "${hash}"\nsiez = 1\n[[signatures.maintainers]]
name = "a"\nkey = "${key}"\nsignatur = ""\n[qqqq]\n[downloads.p]\nurl = "u"\nsha256 = "${hash}"\nsha = 1\n[governance]\n"a\\nb" = 1`;
    const { warnings } = checkManifest(text, "m");
    expect(
      warnings.map(({ line, key, text }) => `${line} ${key}: ${text.split("; ")[2] ?? ""}`).sort(),
    ).toEqual(
      [
        "10 signatures.maintainers[0].signatur: did you mean signature?",
        '17 governance."a\\nb": ',
        "3 entrypoint: did you mean entry_point?",
        "6 binary.siez: did you mean size?",
        "11 qqqq: ",
        "15 downloads.p.sha: ",
      ].sort(),
    );
  });

  it("warns of a dependency on itself and of one that is hard and optional", () => {
    const text = `${head}[dependencies]\na = "*"\nb = "*"\n[optional_dependencies]\nb = "*"`;
    expect(checkManifest(text, "m").warnings.map(({ line, key }) => `${line} ${key}`)).toEqual([
      "4 dependencies.a",
      "7 optional_dependencies.b",
    ]);
  });

  it.each([
    ["02abc...", true],
    ["…", true],
    ["<your key>", true],
    ["0".repeat(64), true],
    [`sha256:${"0".repeat(64)}`, true],
    [hash, false],
  ])("judges whether the hash %j only holds a place", (written, isPlaceholder) => {
    const { placeholders } = checkManifest(`${head}[binary]\nhash = "${written}"`, "m");
    expect(placeholders).toHaveLength(isPlaceholder ? 1 : 0);
  });
});
