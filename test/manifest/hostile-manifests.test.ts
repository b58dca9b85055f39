import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/errors.js";
import { checkManifest, parseManifest } from "../../src/manifest/index.js";
import { catchError } from "../kit/catch-error.js";
import { timeLimitMs } from "../kit/time-limit.js";

const maxBytes = 65_536;
const head = 'name = "a"\nversion = "1.0"\n';
const point = "ab".repeat(32);
const hex = "0123456789abcdef".repeat(4);

function signedBy(keys: readonly string[], threshold: string): string {
  const signers = keys.map((key, index) => `{ name = "m${index}", key = "${key}", signature = "00" }`);
  return `[signatures]\nthreshold = "${threshold}"\nmaintainers = [${signers.join(", ")}]`;
}

function keyed(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `02${String(index).padStart(64, "0")}`);
}

function named(name: string): string {
  return `name = ${JSON.stringify(name)}\nversion = "1.0"`;
}

/** Processor time, in milliseconds, of the quickest of three calls: other work on the machine doesn't count. */
function cpuMs(call: () => unknown): number {
  const once = (): number => {
    const start = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  return Math.min(once(), once(), once());
}

const rows: readonly (readonly [id: string, what: string, text: string, code: string])[] = [
  ["H54", "100 MB", "#".repeat(100_000_000), "MANIFEST_TOO_LARGE"],
  [
    "H54",
    "200,000 keys",
    Array.from({ length: 200_000 }, (_, i) => `k${i} = 1`).join("\n"),
    "MANIFEST_TOO_LARGE",
  ],
  ["H55", "__proto__", `${head}[__proto__]\npolluted = 1`, "BAD_KEY"],
  ["H55", "a dotted __proto__", `${head}a.__proto__.polluted = 1`, "BAD_KEY"],
  ["H55", "constructor.prototype", `${head}[constructor.prototype]\npolluted = 1`, "BAD_KEY"],
  ["H55", "a quoted, escaped __proto__", `${head}"\\u005f_proto__" = { polluted = 1 }`, "BAD_KEY"],
  ["H55", "__proto__ of a dependency", `${head}[dependencies]\n__proto__ = "*"`, "BAD_KEY"],
  ["H56", "50,000 nested lists", `${head}x = ${"[".repeat(50_000)}`, "BAD_MANIFEST"],
  ["H56", "nested inline tables", `${head}x = ${"{a=".repeat(20_000)}`, "BAD_MANIFEST"],
  ["H56", "20,000 dotted keys", `${head}${"a.".repeat(20_000)}a = 1`, "BAD_MANIFEST"],
  ["H56", "a header of 20,000 parts", `${head}[${"a.".repeat(20_000)}a]`, "BAD_MANIFEST"],
  ["H58", "a path", named("../../x"), "BAD_NAME"],
  ["H58", "a slash", named("a/b"), "BAD_NAME"],
  ["H58", "a look-alike letter", named("w\u0430tcher"), "BAD_NAME"],
  ["H58", "300 characters", named("x".repeat(300)), "BAD_NAME"],
  ["H58", "a reserved name", named("trust"), "BAD_NAME"],
  ["H58", "the host's name", named("blvm-node"), "BAD_NAME"],
  ["H59", "0-of-3", head + signedBy(keyed(3), "0-of-3"), "BAD_THRESHOLD"],
  ["H59", "4-of-3", head + signedBy(keyed(3), "4-of-3"), "BAD_THRESHOLD"],
  ["H59", "2-of-2 with 1 key", head + signedBy(keyed(1), "2-of-2"), "BAD_THRESHOLD"],
  ["H59", "1-of-1 with 2 keys", head + signedBy(keyed(2), "1-of-1"), "BAD_THRESHOLD"],
  ["H59", "-1", head + signedBy(keyed(1), "-1"), "BAD_THRESHOLD"],
  ["H59", "-1-of-1", head + signedBy(keyed(1), "-1-of-1"), "BAD_THRESHOLD"],
  ["H59", "2-of-3-of-4", head + signedBy(keyed(4), "2-of-3-of-4"), "BAD_THRESHOLD"],
  ["H59", "1e9", head + signedBy(keyed(1), "1e9"), "BAD_THRESHOLD"],
  ["H59", "1-of-1000000000", head + signedBy(keyed(1), "1-of-1000000000"), "BAD_THRESHOLD"],
  ["H59", "1-of-101", `${head}[governance]\nthreshold = "1-of-101"`, "BAD_THRESHOLD"],
  ["H62", "a hybrid key", head + signedBy([`06${point}${point}`], "1-of-1"), "BAD_KEY"],
  ["H62", "the other hybrid key", head + signedBy([`07${point}${point}`], "1-of-1"), "BAD_KEY"],
  ["H62", "an x-only key", head + signedBy([point], "1-of-1"), "BAD_KEY"],
  ["H62", "infinity", head + signedBy(["00"], "1-of-1"), "BAD_KEY"],
  ["H62", "a short key", head + signedBy([`02${point.slice(2)}`], "1-of-1"), "BAD_KEY"],
  ["H62", "no hex", head + signedBy([`02${point.slice(2)}zz`], "1-of-1"), "BAD_KEY"],
  [
    "H64",
    "two thresholds",
    `${head}${signedBy(keyed(3), "2-of-3")}\n[governance]\nthreshold = "3-of-3"`,
    "MANIFEST_CONFLICT",
  ],
  [
    "H64",
    "the same N of another M",
    `${head}${signedBy(keyed(3), "2-of-3")}\n[governance]\nthreshold = "2-of-4"`,
    "MANIFEST_CONFLICT",
  ],
  ["H66", "upper case", `${head}[binary]\nhash = "sha256:${hex.toUpperCase()}"`, "BAD_HASH"],
  ["H66", "sha1:", `${head}[binary]\nhash = "sha1:${hex.slice(0, 40)}"`, "BAD_HASH"],
  ["H66", "no prefix and no hex", `${head}[binary]\nhash = "${"g".repeat(64)}"`, "BAD_HASH"],
  ["H66", "63 characters", `${head}[binary]\nhash = "sha256:${hex.slice(1)}"`, "BAD_HASH"],
  ["H66", "a line break behind it", `${head}[binary]\nhash = "${hex}\\n"`, "BAD_HASH"],
  ["H69", "bad semver", `${head}[dependencies]\nother = ">=1.0.0.0"`, "BAD_DEPENDENCY"],
  ["H69", "no range at all", `${head}[dependencies]\nother = "latest"`, "BAD_DEPENDENCY"],
  [
    "H69",
    "more dependencies than a module may have",
    `${head}[dependencies]\n${Array.from({ length: 257 }, (_, i) => `d${i} = "*"`).join("\n")}`,
    "MANIFEST_LIMIT",
  ],
];

describe("hostile manifests", () => {
  it.each(rows)("%s, %s: refused within 50 ms and nothing is polluted", (_id, _what, text, code) => {
    expect(catchError(() => parseManifest(text, "module.toml"))).toMatchObject({ code });
    expect(cpuMs(() => checkManifest(text, "module.toml"))).toBeLessThan(timeLimitMs(50));
    expect("polluted" in {}).toBe(false);
  });

  it("refuses arbitrary text of up to 64 KiB within 50 ms and with its own errors only", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(maxBytes);
        let failure: unknown;
        const tookMs = cpuMs(() => {
          try {
            parseManifest(text, "module.toml");
          } catch (error) {
            failure = error;
          }
        });
        if (failure !== undefined) expect(failure).toBeInstanceOf(EngineError);
        expect(tookMs).toBeLessThan(timeLimitMs(50));
      }),
      { numRuns: 300 },
    );
  });

  it("keeps every message on one line of printable ASCII", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\u001b[31m", "\r\n", "\u2028", "\u0430"),
    );
    fc.assert(
      fc.property(value, value, (key, text) => {
        const quoted = [key, text].map(tomlString);
        const manifest = `name = ${quoted[1]}\nversion = ${quoted[1]}\nentry_point = ${quoted[1]}
capabilities = [${quoted[1]}]\nrpc_overrides = [${quoted[1]}]\n${quoted[0]} = 1\n[dependencies]\n${quoted[0]} = ${quoted[1]}
[binary]\nhash = ${quoted[1]}\n[governance]\nthreshold = ${quoted[1]}\n[config_schema]\n${quoted[0]} = 1
[signatures]\nmaintainers = [{ name = ${quoted[1]}, key = ${quoted[1]} }]\n[downloads.${quoted[0]}]`;
        const { faults, placeholders, warnings } = checkManifest(manifest, "module.toml");
        expect(faults.length).toBeGreaterThan(0);
        for (const { message } of [...faults, ...placeholders]) expect(message).toMatch(/^[\x20-\x7e…]+$/);
        for (const { key, text } of warnings) expect(key + text).toMatch(/^[\x20-\x7e…]+$/);
      }),
    );
  });
});

/** Text of TOML's own pieces, repeated until it is large: what makes a parser slow is repetition. */
const piece = fc.constantFrom(
  ...[
    "name",
    "=",
    '"',
    "'",
    '"""',
    "'''",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ".",
    ",",
    "\n",
    "#",
    "\\",
    "\\u",
    " ",
  ],
  ...[
    "1",
    "1_",
    "0x",
    "1e",
    "-",
    "+",
    "1979-05-27T",
    "true",
    "inf",
    "a",
    "é",
    "\u0000",
    "\r",
    "a.b",
    "__proto__",
  ],
  ...[
    "[signatures]\n",
    "[[signatures.maintainers]]\n",
    "[dependencies]\n",
    'threshold="1-of-1"\n',
    "[downloads.x]\n",
  ],
  ...[
    'name = "a"\n',
    'version = "1.0"\n',
    'key="..."\n',
    "[compatibility]\n",
    'tested_with=["1||1"',
    "capabilities=[",
  ],
);
const hostileText = fc
  .record({
    before: fc.array(piece, { maxLength: 8 }),
    unit: fc.array(piece, { minLength: 1, maxLength: 6 }),
    isNumbered: fc.boolean(),
    times: fc.constantFrom(1, 10, 300, 40_000),
    after: fc.array(piece, { maxLength: 8 }),
  })
  .map(({ before, unit, isNumbered, times, after }) => {
    const parts: string[] = [];
    let sizeBytes = Buffer.byteLength([...before, ...after].join(""));
    for (let index = 0; index < times; index++) {
      const part = unit.join("") + (isNumbered ? String(index) : "");
      sizeBytes += Buffer.byteLength(part);
      if (sizeBytes > maxBytes) break;
      parts.push(part);
    }
    return before.join("") + parts.join("") + after.join("");
  });

function tomlString(text: string): string {
  return `"${[...text].map(escaped).join("")}"`;
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0xd800 && code <= 0xdfff) return "?";
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
