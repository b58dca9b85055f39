/** One thing that is wrong with a stream's file, where it stands. Lines and columns count from 1. */
export interface StreamProblem {
  /** Where in the file's tree: `steps[2].window.max`; empty for the file as a whole. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly found: string;
  readonly allowed: string;
  readonly hint?: string;
}

/** What a reader of a part says of a problem; the place is added by whoever knows the text. */
export interface Fault {
  readonly found: string;
  readonly allowed: string;
  readonly hint?: string;
}

/** A path of the file's tree, outermost first. */
export type FilePath = readonly (string | number)[];

/** A path as people write it: `steps[2].window.max`. */
export function pathText(path: FilePath): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join("");
}

/** A problem as one line: `file:line:column: path: found …, allowed is …; hint`. */
export function problemText(
  file: string,
  { path, line, column, found, allowed, hint }: StreamProblem,
): string {
  const where = `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}`;
  return `${where}found ${found}, allowed is ${allowed}${hint === undefined ? "" : `; ${hint}`}`;
}
