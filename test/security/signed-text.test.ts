import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ModuleManifest, parseManifest } from "../../src/manifest/index.js";
import type { MeasuredCode } from "../../src/security/measured-code.js";
import { signatureProblem } from "../../src/security/signature.js";
import { signedText } from "../../src/security/signed-text.js";
import { signText } from "../../src/security/signing-key.js";
import { keyOf } from "./signed-module.js";

const source = `
name = "probe"
version = "1.2.3"
entry_point = "dist/main.js"
capabilities = ["subscribe_events", "read_mempool"]
[dependencies]
other = "^1.0"
blvm-node = ">=0.1.0"
[optional_dependencies]
more = "*"
[compatibility]
min_node_version = "0.1.0"
`;
const manifest = parseManifest(source, "module.toml");
const code: MeasuredCode = { kind: "file", hash: "0f".repeat(32), sizeBytes: 1234, moduleType: "module" };
const threshold = { required: 2, total: 3 };

/** Another text of the same length, one bit of one character changed; the character stays printable. */
function flipped(text: string, seed: number): string {
  const at = seed % text.length;
  const char = String.fromCharCode(text.charCodeAt(at) ^ 1);
  return text.slice(0, at) + char + text.slice(at + 1);
}

function ranges(
  map: ModuleManifest["dependencies"],
  change: (name: string, text: string) => [string, string],
) {
  return new Map(
    [...map].map(([name, range]) => {
      const [newName, text] = change(name, range.text);
      return [newName, { ...range, text, includes: range.includes }] as const;
    }),
  );
}

type Signed = [ModuleManifest, MeasuredCode, { required: number; total: number }];
const changes: Readonly<Record<string, (seed: number) => Signed>> = {
  name: (seed) => [{ ...manifest, name: flipped(manifest.name, seed) }, code, threshold],
  version: (seed) => [{ ...manifest, version: flipped(manifest.version, seed) }, code, threshold],
  "entry point": (seed) => [{ ...manifest, entryPoint: flipped(manifest.entryPoint, seed) }, code, threshold],
  "code's hash": (seed) => [manifest, { ...code, hash: flipped(code.hash, seed) }, threshold],
  "code's size": (seed) => [manifest, { ...code, sizeBytes: code.sizeBytes ^ (1 << (seed % 31)) }, threshold],
  "code's kind": () => [manifest, { ...code, kind: "directory" }, threshold],
  "module type": (seed) => [
    manifest,
    { ...code, moduleType: seed % 2 ? "commonjs" : "unspecified" },
    threshold,
  ],
  capability: (seed) => {
    const [first, second] = manifest.capabilities;
    const changed = [flipped(first ?? "", seed), second] as ModuleManifest["capabilities"];
    return [{ ...manifest, capabilities: changed }, code, threshold];
  },
  "number of capabilities": (seed) => {
    const changed =
      seed % 2 ? manifest.capabilities.slice(1) : [...manifest.capabilities, "read_utxo" as const];
    return [{ ...manifest, capabilities: changed }, code, threshold];
  },
  "dependency's name": (seed) => {
    const changed = ranges(manifest.dependencies, (name, text) => [flipped(name, seed), text]);
    return [{ ...manifest, dependencies: changed }, code, threshold];
  },
  "dependency's range": (seed) => {
    const changed = ranges(manifest.dependencies, (name, text) => [name, flipped(text, seed)]);
    return [{ ...manifest, dependencies: changed }, code, threshold];
  },
  "kind of a dependency": () => [
    { ...manifest, dependencies: manifest.optionalDependencies, optionalDependencies: manifest.dependencies },
    code,
    threshold,
  ],
  "RPC overrides": () => [{ ...manifest, rpcOverrides: ["analyzepsbt"] }, code, threshold],
  "node's version": () => [{ ...manifest, compatibility: { testedWith: [] } }, code, threshold],
  "threshold's N": (seed) => [
    manifest,
    code,
    { ...threshold, required: threshold.required ^ (1 << (seed % 10)) },
  ],
  "threshold's M": (seed) => [manifest, code, { ...threshold, total: threshold.total ^ (1 << (seed % 10)) }],
};

describe("signedText", () => {
  it("is one line per fact, in a form that others can make too", () => {
    expect(signedText(manifest, code, threshold)).toBe(
      [
        "blvm-streams module signature v1",
        'name "probe"',
        'version "1.2.3"',
        'entry_point "dist/main.js"',
        `code {"kind":"file","sha256":"${"0f".repeat(32)}","size_bytes":1234,"module_type":"module"}`,
        'capabilities ["read_mempool","subscribe_events"]',
        'dependencies [["blvm-node",">=0.1.0"],["other","^1.0"]]',
        'optional_dependencies [["more","*"]]',
        "rpc_overrides []",
        'compatibility ["0.1.0",null,null]',
        "threshold [2,3]",
        "",
      ].join("\n"),
    );
  });

  it("does not depend on the order of lists nor on comments, layout and texts for people", () => {
    const other = `# reordered
description = "else"
author = "somebody"
capabilities = ["ReadMempool", "subscribe_events"]
version="1.2.3"
entry_point='dist/main.js'
name = "probe"
[compatibility]
min_node_version = "0.1.0"
[optional_dependencies]
more = "*"
[dependencies]
"blvm-node" = ">=0.1.0"
other = "^1.0"
`;
    const reordered = signedText(parseManifest(other, "module.toml"), code, threshold);
    expect(reordered).toBe(signedText(manifest, code, threshold));
  });

  it("can't be made the same by moving text from one fact to another", () => {
    const inName = { ...manifest, name: 'probe"\nversion "1.2.3' };
    const lists = { ...manifest, capabilities: ['read_mempool","subscribe_events'] as never };
    const texts = [manifest, inName, lists].map((each) => signedText(each, code, threshold));
    expect(new Set(texts).size).toBe(3);
    expect(new Set(texts.map((text) => text.split("\n").length))).toEqual(new Set([12]));
  });
});

describe("a signature", () => {
  const key = keyOf(42);
  const signature = signText(signedText(manifest, code, threshold), key);

  it("holds for what was signed", () => {
    const text = signedText(manifest, code, threshold);
    expect(signatureProblem(text, signature, key.publicKey)).toBeUndefined();
  });

  it.each(Object.entries(changes))("breaks with every change of the %s (H63)", (_, change) => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const text = signedText(...change(seed));
        return signatureProblem(text, signature, key.publicKey) !== undefined;
      }),
      { numRuns: 25 },
    );
  });

  it("does not hold for another module that says the same in another order of facts", () => {
    const lines = signedText(manifest, code, threshold).split("\n");
    const swapped = [...lines.slice(0, 1), ...lines.slice(1).reverse()].join("\n");
    expect(signatureProblem(swapped, signature, key.publicKey)).toBeDefined();
  });
});
