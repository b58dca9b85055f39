/**
 * The line, from 1, on which a TOML document writes a key; undefined when it can't be told.
 * Reads headers and bare or quoted keys at the start of a line: enough to point a reader to the place.
 */
export function keyLine(text: string, path: readonly string[]): number | undefined {
  let header: readonly string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const section = /^\s*\[\[?([^\]]+)\]/.exec(line)?.[1];
    if (section !== undefined) {
      header = splitKey(section);
      if (startsWith(header, path)) return index + 1;
      continue;
    }
    const key = /^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_.\- ])+?)\s*=/.exec(line)?.[1];
    if (key !== undefined && startsWith([...header, ...splitKey(key)], path)) return index + 1;
  }
  return undefined;
}

function splitKey(key: string): readonly string[] {
  const parts = key.match(/"[^"]*"|'[^']*'|[^.\s]+/g) ?? [];
  return parts.map((part) => part.replace(/^(["'])(.*)\1$/, "$2"));
}

function startsWith(written: readonly string[], path: readonly string[]): boolean {
  return written.length >= path.length && path.every((part, index) => written[index] === part);
}
