/** A module's configuration as its host gives it: dotted keys, every value as text. */
export type FlatConfig = Readonly<Record<string, string>>;

/** One key: its own text, the keys below it, or both. Names are lower-case. */
export interface ConfigNode {
  readonly text: string | undefined;
  readonly children: ReadonlyMap<string, ConfigNode>;
}

interface OpenNode {
  text: string | undefined;
  readonly children: Map<string, OpenNode>;
}

/** Keys nested deeper are taken as one name: no configuration of this engine goes further. */
const MAX_DEPTH = 32;

/** Turns dotted keys into a tree: `a.b` and `a.c` are two children of `a`. */
export function configTree(flat: FlatConfig): ConfigNode {
  const root: OpenNode = { text: undefined, children: new Map() };
  for (const [key, text] of Object.entries(flat)) {
    const names = key.toLowerCase().split(".");
    const path = [...names.slice(0, MAX_DEPTH - 1), ...tail(names.slice(MAX_DEPTH - 1))];
    let node = root;
    for (const name of path) {
      let child = node.children.get(name);
      if (child === undefined) {
        child = { text: undefined, children: new Map() };
        node.children.set(name, child);
      }
      node = child;
    }
    node.text = text;
  }
  return root;
}

function tail(names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [names.join(".")];
}
