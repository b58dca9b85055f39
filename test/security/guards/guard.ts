/** A condition or call of the engine that a row depends on. */
export interface Guard {
  /** Number of the row that must fall when the guard is out. */
  readonly row: string;
  readonly input: string;
  /** How long the row may wait in vain before it has fallen; 600 unless said, too short to start a process. */
  readonly patienceMs?: number;
  /** The file below `src/`. */
  readonly file: string;
  /** A place that occurs once in the file, blanks aside; the guard itself stands between ⟦ and ⟧. */
  readonly place: string;
  /** The expression in its stead. */
  readonly instead: string;
}

/** Where a guard stands in its file. */
export interface GuardSpan {
  readonly start: number;
  readonly end: number;
}

/** Finds a guard in its file's text. @throws when it stands there never or more than once */
export function findGuard({ file, place }: Guard, source: string): GuardSpan {
  const [before = "", guard = "", after = ""] = place.split(/[⟦⟧]/);
  const pattern = new RegExp(`(${blankProof(before)})(${blankProof(guard)})${blankProof(after)}`, "gd");
  const found = [...source.matchAll(pattern)];
  const [start, end] = found[0]?.indices?.[2] ?? [0, 0];
  if (found.length !== 1) {
    throw new Error(
      `guard ${place} stands ${found.length} times in src/${file}, once is needed; mend the list of guards`,
    );
  }
  return { start, end };
}

/** Matches the text whichever way it is broken into lines. */
function blankProof(text: string): string {
  return text
    .split(/(\s+)/)
    .map((part) => (/^\s+$/.test(part) ? "\\s+" : part.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&")))
    .join("");
}

/**
 * The file's text with a switch at each of its guards: it takes out the one whose number `globalThis.guardTakenOut`
 * names, and leaves the others as they are.
 */
export function withSwitches(
  source: string,
  guards: readonly (Guard & { readonly number: number })[],
): string {
  const spans = new Map<string, { span: GuardSpan; guards: (Guard & { readonly number: number })[] }>();
  for (const guard of guards) {
    const span = findGuard(guard, source);
    const key = `${span.start}-${span.end}`;
    const at = spans.get(key) ?? { span, guards: [] };
    at.guards.push(guard);
    spans.set(key, at);
  }
  let text = source;
  for (const { span, guards: here } of [...spans.values()].toSorted((a, b) => b.span.start - a.span.start)) {
    const original = source.slice(span.start, span.end);
    const choice = here.reduce(
      (rest, { number, instead }) => `globalThis.guardTakenOut === ${number} ? (${instead}) : ${rest}`,
      `(${original})`,
    );
    text = `${text.slice(0, span.start)}(${choice})${text.slice(span.end)}`;
  }
  return text;
}
