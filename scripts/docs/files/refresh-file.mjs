import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What a file of the repository holds; undefined when there is none. */
export async function readIfPresent(path) {
  try {
    return await readFile(join(root, path), "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Brings a generated file up to date; with `isCheck` it writes nothing and says which file is stale.
 * @returns whether it was stale
 */
export async function refreshFile(path, content, isCheck) {
  if ((await readIfPresent(path)) === content) return false;
  if (isCheck) {
    process.stderr.write(`docs: ${path} is stale; run npm run build && npm run docs\n`);
    return true;
  }
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
  process.stdout.write(`docs: wrote ${path}\n`);
  return true;
}
