import type { StorageOperation } from "../../../src/requests/index.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** What trees hold, told in a plain Map: keys as hexadecimal text, whose order is that of the bytes. */
export class TreeOracle {
  readonly trees = new Map<string, Map<string, Uint8Array>>();

  get usedBytes(): number {
    let sum = 0;
    for (const tree of this.trees.values()) {
      for (const [key, value] of tree) sum += key.length / 2 + value.length;
    }
    return sum;
  }

  /** What one tree holds in key order, as text. */
  entries(tree: string, { after, prefix }: { after?: Uint8Array; prefix?: Uint8Array } = {}): string[] {
    const held = this.trees.get(tree) ?? new Map<string, Uint8Array>();
    return [...held]
      .filter(([key]) => after === undefined || key > hex(after))
      .filter(([key]) => key.startsWith(hex(prefix ?? new Uint8Array(0))))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => entryText([Buffer.from(key, "hex"), value]));
  }

  /** False, and nothing changed, when the quota doesn't allow it. */
  apply(tree: string, operations: readonly StorageOperation[], limitBytes: number): boolean {
    const before = this.usedBytes;
    const kept = this.trees.get(tree) as Map<string, Uint8Array>;
    const changed = new Map(kept);
    for (const [kind, key, value] of operations) {
      if (kind === "put") changed.set(hex(key), value);
      else changed.delete(hex(key));
    }
    this.trees.set(tree, changed);
    const after = this.usedBytes;
    if (after <= before || after <= limitBytes) return true;
    this.trees.set(tree, kept);
    return false;
  }
}

export function entryText([key, value]: readonly [Uint8Array, Uint8Array]): string {
  return `${hex(key)}=${hex(value)}`;
}
