import { errorCode, errorMessage } from "../errors.js";
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
 * throws for `text` and for the result, such as MANIFEST_CONFLICT
 */
export function sealManifest(text: string, seal: ManifestSeal, file: string): string {
  const before = parseManifest(text, file);
  const sealed = withSignatures(withBinary(text, seal.binary), seal.signatures);
  const problem = differs(before, sealed, seal, file);
  if (problem !== undefined) throw securityErrors.MANIFEST_NOT_SEALED({ file, reason: problem });
  return sealed;
}

/**
 * The text of a `module.toml` without [binary] and [signatures]; every other character stays as it is. Where they are
 * written otherwise than under headers of their own, the text stays as it is. @throws what `parseManifest` throws
 */
export function unsealManifest(text: string, file: string): string {
  const before = parseManifest(text, file);
  let bare = text;
  for (const { header, start, end } of sectionsOf(text).toReversed())
    if (header === "binary" || signatureHeaders.has(header)) bare = bare.slice(0, start) + bare.slice(end);
  const expected = { ...before, binary: undefined, signatures: undefined };
  const [wanted, found] = [comparable(expected), comparable(parseManifest(bare, file))];
  return Object.keys(wanted).every((key) => wanted[key] === found[key]) ? bare : text;
}

function withBinary(text: string, { hash, sizeBytes }: ManifestSeal["binary"]): string {
  const lines = { hash: `"sha256:${hash}"`, size: String(sizeBytes) };
  const section = sectionsOf(text).find(({ header }) => header === "binary");
  if (section === undefined) {
    return withBlock(text, ["[binary]", `hash = ${lines.hash}`, `size = ${lines.size}`]);
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
  const lines = ["[signatures]", `threshold = "${threshold.required}-of-${threshold.total}"`];
  for (const { name, publicKey, signature } of maintainers) {
    lines.push("", "[[signatures.maintainers]]", `name = ${JSON.stringify(name)}`);
    lines.push(`public_key = "${publicKey}"`, `signature = "${signature}"`);
  }
  const old = sectionsOf(text).filter(({ header }) => signatureHeaders.has(header));
  const [first] = old;
  if (first === undefined) return withBlock(text, lines);
  let rest = text;
  for (const [index, { start, end }] of [...old.entries()].toReversed()) {
    const next = old[index + 1]?.start ?? end;
    // Blank lines between two of them go with them.
    const isGap = text.slice(end, next).trim() === "";
    rest = rest.slice(0, start) + rest.slice(isGap ? next : end);
  }
  const block = lines.map((line) => line + newlineOf(text)).join("");
  return rest.slice(0, first.start) + block + rest.slice(first.start);
}

/** Adds lines at the end, set off by a blank line, with the line ends that the text has. */
function withBlock(text: string, lines: readonly string[]): string {
  const newline = newlineOf(text);
  const ended = text === "" || text.endsWith("\n") ? text : text + newline;
  const gap = ended === "" || /\n\r?\n$/.test(ended) ? "" : newline;
  return ended + gap + lines.map((line) => line + newline).join("");
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
    if (errorCode(error) === "BAD_MANIFEST") return errorMessage(error);
    throw error;
  }
  const { hash, sizeBytes } = seal.binary;
  const expected = {
    ...before,
    binary: { ...before.binary, hash, sizeBytes },
    signatures: seal.signatures,
  };
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
