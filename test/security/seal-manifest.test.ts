import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/manifest/index.js";
import { type ManifestSeal, sealManifest } from "../../src/security/seal-manifest.js";
import { tomlStatements } from "../../src/security/toml-statements.js";
import { keyNamed } from "./signed-module.js";

const hash = "0f".repeat(32);
const { publicKey } = keyNamed("alice");
const signature = "ab".repeat(64);
const seal: ManifestSeal = {
  binary: { hash, sizeBytes: 12 },
  signatures: {
    threshold: { required: 1, total: 1 },
    maintainers: [{ name: "alice", publicKey, signature }],
  },
};
const binaryBlock = `[binary]\nhash = "sha256:${hash}"\nsize = 12\n`;
const signatureBlock = `[signatures]
threshold = "1-of-1"

[[signatures.maintainers]]
name = "alice"
public_key = "${publicKey}"
signature = "${signature}"
`;
const head = 'name = "probe" # a comment\nversion = "1.0.0"\n';

describe("sealManifest", () => {
  it("adds both sections at the end", () => {
    expect(sealManifest(head, seal, "module.toml")).toBe(`${head}\n${binaryBlock}\n${signatureBlock}`);
  });

  it("replaces what is there in its place and keeps every other character", () => {
    const text = `${head}
# what is run
  [ binary ]   # measured
download_url = 'https://example.org/[binary]'
\thash = 'sha256:${"11".repeat(32)}'   # by hand
  size=7
# signed
[signatures]
maintainers = [
  { name = "bob", key = "${keyNamed("bob").publicKey}", signature = "]" }, # [binary]
]
threshold = "1-of-1"

# Dependencies
[dependencies]
other = "1" # last`;
    const sealed = sealManifest(text, seal, "module.toml");
    expect(sealed).toBe(`${head}
# what is run
  [ binary ]   # measured
download_url = 'https://example.org/[binary]'
\thash = "sha256:${hash}"   # by hand
  size=12
# signed
${signatureBlock}
# Dependencies
[dependencies]
other = "1" # last`);
    expect(sealManifest(sealed, seal, "module.toml")).toBe(sealed);
  });

  it("adds the keys that [binary] lacks", () => {
    const text = `${head}[binary]\nhash = "${hash}"`;
    const sealed = sealManifest(text, seal, "module.toml");
    expect(sealed).toBe(`${head}[binary]\nsize = 12\nhash = "sha256:${hash}"\n\n${signatureBlock}`);
  });

  it("gathers maintainers whose tables lie apart", () => {
    const bob = `[[signatures.maintainers]]\nname = "bob"\nkey = "${keyNamed("bob").publicKey}"\nsignature = ""\n`;
    const text = `${head}[signatures]\nthreshold = "1-of-1"\n[dependencies]\nother = "1"\n${bob}`;
    const sealed = sealManifest(text, seal, "module.toml");
    expect(sealed).toBe(`${head}${signatureBlock}[dependencies]\nother = "1"\n\n${binaryBlock}`);
  });

  it("keeps line ends of Windows and a byte order mark", () => {
    const text = `\ufeff${head}`.replaceAll("\n", "\r\n");
    const sealed = sealManifest(text, seal, "module.toml");
    expect(sealed).toBe(`\ufeff${head}\n${binaryBlock}\n${signatureBlock}`.replaceAll("\n", "\r\n"));
  });

  it("is not misled by headers inside of texts and lists", () => {
    const text = `${head}description = """
[binary]
hash = "x" \\"""
[signatures]
""""
author = '''
[signatures]'''
capabilities = [ # [binary]
  "read_mempool",
]
`;
    expect(sealManifest(text, seal, "module.toml")).toBe(`${text}\n${binaryBlock}\n${signatureBlock}`);
  });

  it.each([
    ["an inline table", `${head}binary = { hash = "${hash}", size = 3 }\n`],
    ["dotted keys", `${head}binary.hash = "${hash}"\n`],
    ["a quoted header", `${head}["binary"]\nhash = "${hash}"\n`],
    ["a hash of several lines", `${head}[binary]\nhash = """${hash}"""\n`],
  ])("refuses %s rather than to change more than it may", (_, text) => {
    parseManifest(text, "module.toml");
    expect(() => sealManifest(text, seal, "module.toml")).toThrow(
      expect.objectContaining({ code: "MANIFEST_NOT_SEALED" }),
    );
  });

  it("says what other manifests say too, whatever lies between their sections", () => {
    const comment = fc.constantFrom("", "\n", "# [binary]\n", "   # hash = 1\n", "\t\n", "\r\n");
    const sections = fc.shuffledSubarray([
      `[binary]\nhash = "${hash}" # note\n`,
      '[signatures]\nthreshold = "1-of-1"\n',
      `[[signatures.maintainers]]\nname = "alice"\nkey = "${publicKey}"\nsignature = ""\n`,
      '[dependencies]\nother = ">=1.0.0,<2.0.0"\n',
      '[config_schema]\nlimit = """\n[binary]\n"""\n',
      "[compatibility]\ntested_with = [\n  '0.1.0', # [signatures]\n]\n",
    ]);
    const gaps = fc.array(comment, { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(sections, gaps, (chosen, voids) => {
        const text = head + chosen.map((section, index) => voids[index] + section).join("") + voids[6];
        let before: unknown;
        try {
          before = parseManifest(text, "module.toml");
        } catch {
          return;
        }
        const after = parseManifest(sealManifest(text, seal, "module.toml"), "module.toml");
        expect(after.binary).toMatchObject(seal.binary);
        expect(after.signatures).toEqual(seal.signatures);
        expect({ ...after, binary: 0, signatures: 0 }).toMatchObject(
          JSON.parse(JSON.stringify({ ...(before as object), binary: 0, signatures: 0 }, mapsOut)),
        );
      }),
      { numRuns: 200 },
    );
  });
});

/** Maps and functions are compared elsewhere. */
function mapsOut(_: string, value: unknown): unknown {
  return value instanceof Map ? undefined : value;
}

describe("tomlStatements", () => {
  it("finds an end for every text, in one pass", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."[]{}\"'\\\n#= a.") }), (text) => {
        const statements = tomlStatements(text);
        let at = 0;
        for (const { start, end } of statements) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThan(start);
          at = end;
        }
        expect(at).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 500 },
    );
  });
});
