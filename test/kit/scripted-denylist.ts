import type { Denylist } from "../../src/chain/index.js";

/** A deny list in memory; `onEffect` hears of every change. */
export function scriptedDenylist(name: string, onEffect: (effect: string) => void): Denylist {
  let listed: readonly string[] = [];
  async function replace(hashes: readonly string[]): Promise<boolean> {
    const next = [...new Set(hashes)].sort();
    if (next.length === listed.length && next.every((hash, index) => hash === listed[index])) return false;
    listed = next;
    onEffect(`${name} holds ${listed.length}`);
    return true;
  }
  return {
    async merge(hashes) {
      await replace([...listed, ...hashes]);
    },
    snapshot: async (limit) => ({ totalCount: listed.length, hashes: listed.slice(0, limit) }),
    clear: () => replace([]),
    replace,
  };
}
