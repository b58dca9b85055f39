import { byteNamesIn, type Opened } from "../../security/index.js";
import { fileErrors } from "../errors.js";
import { isNodesOwn } from "./file-path.js";
import { shownPath } from "./file-refusal.js";

/** Names in one answer. */
const MAX_NAMES = 20_000;

/**
 * The names in an open folder, sorted by their UTF-16 units, without those that are no UTF-8 and the node's own.
 * @throws TOO_LARGE
 */
export async function listNames(folder: Opened, path: string, depth: number): Promise<string[]> {
  const names = await byteNamesIn(folder, MAX_NAMES + 1);
  if (names.length > MAX_NAMES) {
    const what = shownPath(path);
    throw fileErrors.TOO_LARGE({ what, found: names.length, limit: MAX_NAMES, unit: "names" });
  }
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return names
    .flatMap((name) => {
      try {
        return [utf8.decode(Buffer.from(name, "latin1"))];
      } catch {
        return [];
      }
    })
    .filter((name) => !isNodesOwn(name, depth))
    .sort();
}
