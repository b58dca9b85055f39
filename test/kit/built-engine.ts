import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";
import { isBuilt } from "../../scripts/setup/compile.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const sources = `${root}src/`;
const built = `${root}dist/`;

/**
 * Whether tests may see the build in the place of the sources: when it was made of exactly these sources, and nobody
 * waits for them to change.
 */
export const seesBuild = process.argv.includes("run") && isBuilt(root);

/** What {@link builtEngine} leads to is Node's to load. */
export const builtFiles = new RegExp(`^${built.replaceAll(/[^\w/]/g, "\\$&")}`);

/**
 * Leads imports of `src` to the same files of `dist`. Node loads these by itself: no test process transforms the
 * engine's 500 files, and calls between them cost what they cost users, where the test runner's own modules put a
 * getter before every import. Imports of such files can't be replaced.
 */
export function builtEngine(): Plugin {
  return {
    name: "built-engine",
    enforce: "pre",
    resolveId(id, importer) {
      if (importer === undefined || !(id.startsWith(".") || id.startsWith(sources))) return undefined;
      const path = resolve(dirname(importer), id);
      if (!path.startsWith(sources)) return undefined;
      // A part that was bundled into another one has no file of its own there.
      const made = built + path.slice(sources.length).replace(/\.ts$/, ".js");
      return existsSync(made) ? made : undefined;
    },
  };
}
