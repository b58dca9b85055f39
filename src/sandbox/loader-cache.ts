import { readFile } from "node:fs/promises";

const MAGIC = "glibc-ld.so.cache1.1";
const HEADER_BYTES = 48;
const ENTRY_BYTES = 24;
const MAX_CACHE_BYTES = 16 * 1024 * 1024;

/** Where the loader's cache lies on systems with glibc. */
export const LOADER_CACHE = "/etc/ld.so.cache";

/**
 * Paths of the system's libraries by their names, as the loader of glibc finds them: several where there are builds for
 * different processors.
 * @returns nothing on systems without that cache, or with one of an older kind
 * @see ldconfig(8); the layout is `struct cache_file_new` of glibc's dl-cache.h
 */
export async function readLoaderCache(file = LOADER_CACHE): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  const start = bytes.subarray(0, MAX_CACHE_BYTES).indexOf(MAGIC, 0, "latin1");
  if (start < 0 || bytes.length > MAX_CACHE_BYTES) return found;
  const cache = bytes.subarray(start);
  const count = cache.length < HEADER_BYTES ? 0 : cache.readUInt32LE(MAGIC.length);
  for (let index = 0; index < count; index++) {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    if (at + ENTRY_BYTES > cache.length) break;
    const name = textAt(cache, cache.readUInt32LE(at + 4));
    const path = textAt(cache, cache.readUInt32LE(at + 8));
    if (name === "" || !path.startsWith("/")) continue;
    const paths = found.get(name);
    if (paths === undefined) found.set(name, [path]);
    else if (!paths.includes(path)) paths.push(path);
  }
  return found;
}

function textAt(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at);
  return end < 0 ? "" : bytes.toString("utf8", at, end);
}
