/** The number of single-character insertions, deletions and replacements that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const removed = (previous[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, inserted));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

const MAX_NAME_LENGTH = 100;

/**
 * The candidate that a mistyped name most likely meant, ignoring case; the first one where several are equally near.
 * @returns undefined when none differs in at most a third of the characters (2 for short names),
 * or when the name is longer than 100 characters.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined;
  const wanted = name.toLowerCase();
  let nearest: string | undefined;
  let fewest = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= fewest) continue;
    const edits = editDistance(wanted, candidate.toLowerCase());
    if (edits >= fewest || edits >= candidate.length) continue;
    nearest = candidate;
    fewest = edits;
  }
  return nearest;
}
