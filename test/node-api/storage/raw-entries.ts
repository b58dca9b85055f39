import { openLevelMap } from "../../../src/node-api/storage/level-map.js";

/** How many entries lie in a store's files, of trees that are there and of trees that are not. */
export async function rawEntryCount(folder: string): Promise<number> {
  const map = await openLevelMap(folder);
  let count = 0;
  const entries = { from: Uint8Array.of(3), isAfter: false, before: Uint8Array.of(4) };
  for await (const keys of map.keys(entries)) count += keys.length;
  await map.close();
  return count;
}
