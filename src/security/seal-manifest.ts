import { errorMessage } from "../errors.js";
import {
  type ManifestBinary,
  type ManifestSignatures,
  type ModuleManifest,
  parseManifest,
} from "../manifest/index.js";
import { securityErrors } from "./errors.js";
import { type TomlStatement, tomlStatements } from "./toml-statements.js";

/** What is written into a manifest when it is signed. */
export interface ManifestSeal {
  readonly binary: Pick<ManifestBinary, "hash"> & { readonly sizeBytes: number };
  readonly signatures: ManifestSignatures;
}

const signatureHeaders = new Set(["signatures", "signatures.maintainers"]);

/**
 * The text of a `module.toml` with `hash` and `size` under [binary] and with [signatures] replaced or added;
 * every other character stays as it is. The result is read again: it says the same as before but for these.
 * `file` only names it in messages.
 * @throws MANIFEST_NOT_SEALED where the two are written so that they can't be replaced; what `parseManifest`
 * throws for `text`
 */
export function sealManifest(text: string, seal: ManifestSeal, file: string): string {
  const before = parseManifest(text, file);
  const sealed = withSignatures(withBinary(text, seal.binary), seal.signatures);
  const problem = differs(before, sealed, seal, file);
  if (problem !== undefined) throw securityErrors.MANIFEST_NOT_SEALED({ file, reason: problem });
  return sealed;
}

function withBinary(text: string, { hash, sizeBytes }: ManifestSeal["binary"]): string {
  const lines = { hash: `"sha256:${hash}"`, size: String(sizeBytes) };
  const section = sectionsOf(text).find(({ header }) => header === "binary");
  if (section === undefined) {
    return withBlock(text, text.length, ["[binary]", `hash = ${lines.hash}`, `size = ${lines.size}`]);
  }
  let { body } = section;
  const missing: string[] = [];
  for (const [key, value] of Object.entries(lines)) {
    const line = new RegExp(`^([ \\t]*${key}[ \\t]*=[ \\t]*)("[^"\\n]*"|'[^'\\n]*'|[0-9a-zA-Z_+]+)`, "m");
    if (line.test(body)) body = body.replace(line, (_, start: string) => start + value);
    else missing.push(`${key} = ${value}`);
  }
  const newline = newlineOf(text);
  const header = section.head.endsWith("\n") ? section.head : section.head + newline;
  const added = missing.map((line) => line + newline).join("");
  return text.slice(0, section.start) + header + added + body + text.slice(section.end);
}

function withSignatures(text: string, { threshold, maintainers }: ManifestSignatures): string {
  const old = sectionsOf(text).filter(({ header }) => signatureHeaders.has(header));
  const place = old[0]?.start ?? text.length;
  let rest = text;
  for (const { start, end } of old.toReversed()) rest = rest.slice(0, start) + rest.slice(end);
  const lines = ["[signatures]", `threshold = "${threshold.required}-of-${threshold.total}"`];
  for (const { name, publicKey, signature } of maintainers) {
    lines.push("", "[[signatures.maintainers]]", `name = ${JSON.stringify(name)}`);
    lines.push(`public_key = "${publicKey}"`, `signature = "${signature}"`);
  }
  return withBlock(rest, place, lines);
}

/** Puts lines at a place, set off by blank lines, with the line ends that the text has. */
function withBlock(text: string, place: number, lines: readonly string[]): string {
  const newline = newlineOf(text);
  const [before, after] = [text.slice(0, place), text.slice(place)];
  const ended = before === "" || before.endsWith("\n") ? before : before + newline;
  const gap = ended === "" || /\n\r?\n$/.test(ended) ? "" : newline;
  const end = after === "" || /^\r?\n/.test(after) ? "" : newline;
  return ended + gap + lines.map((line) => line + newline).join("") + end + after;
}

function newlineOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

interface Section {
  readonly header: string;
  readonly start: number;
  /** The header's line. */
  readonly head: string;
  /** From there to the end of the last statement: comments behind it belong to what follows. */
  readonly body: string;
  readonly end: number;
}

function sectionsOf(text: string): readonly Section[] {
  const statements = tomlStatements(text);
  const headers = statements.flatMap(({ header }, index) =>
    header === undefined ? [] : [{ header, index }],
  );
  return headers.map(({ header, index }, position) => {
    const next = headers[position + 1]?.index ?? statements.length;
    const [first, last] = [statements[index], statements[next - 1]] as [TomlStatement, TomlStatement];
    return {
      header,
      start: first.start,
      head: text.slice(first.start, first.end),
      body: text.slice(first.end, last.end),
      end: last.end,
    };
  });
}

function differs(before: ModuleManifest, text: string, seal: ManifestSeal, file: string): string | undefined {
  let after: ModuleManifest;
  try {
    after = parseManifest(text, file);
  } catch (error) {
    return errorMessage(error);
  }
  const { binary, signatures } = seal;
  const expected = { ...before, binary: { ...before.binary, ...binary }, signatures };
  const [wanted, found] = [comparable(expected), comparable(after)];
  const different = Object.keys(wanted).find((key) => wanted[key] !== found[key]);
  return different === undefined ? undefined : `${different} would change`;
}

function comparable(manifest: object): Record<string, string> {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, inner: unknown) => {
      if (inner instanceof Map) return [...inner];
      if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
      return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
  return Object.fromEntries(Object.entries(manifest).map(([key, value]) => [key, text(value) ?? ""]));
}
