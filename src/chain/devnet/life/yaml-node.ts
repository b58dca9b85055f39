import { isMap, isNode, isScalar, isSeq, type Node } from "yaml";

const LONGEST_NUMBER_CHARS = 30;

/** A node as plain data; mappings have no prototype's keys. */
export function plain(node: unknown): unknown {
  if (isSeq(node)) return node.items.map(plain);
  if (isScalar(node)) {
    const { value, source } = node;
    // A hash may consist of digits alone, or look like 12e34.
    return typeof value === "number" && source !== undefined && source.length > LONGEST_NUMBER_CHARS
      ? source
      : value;
  }
  if (!isMap(node)) return undefined;
  return Object.fromEntries(node.items.map(({ key, value }) => [String(scalarOf(key)), plain(value)]));
}

/** The value of a scalar; undefined for every other node. */
export function scalarOf(node: unknown): unknown {
  return isScalar(node) ? node.value : undefined;
}

/** The node at a path, or the last one on the way to it. */
export function nodeAt(node: Node, path: readonly (string | number)[]): Node {
  const [first, ...rest] = path;
  if (first === undefined) return node;
  const next: unknown = isMap(node)
    ? node.items.find(({ key }) => scalarOf(key) === first)?.value
    : isSeq(node)
      ? node.items[Number(first)]
      : undefined;
  return isNode(next) ? nodeAt(next, rest) : node;
}

/** What a node is, for a message. */
export function described(node: Node | null | undefined): string {
  if (isMap(node)) return "a mapping";
  if (isSeq(node)) return "a list";
  return isScalar(node) && node.value !== null ? shown(node.value) : "nothing";
}

/** A stranger's word, shortened. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
