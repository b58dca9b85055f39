// @ts-check
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * Makes each shipped module of a build one file, as its authors' modules are: what lies outside of a module's folder is
 * out of its sight in the sandbox. The parts that went into it go. Does nothing in a build without modules.
 * @param {string} root where the packages are installed
 * @param {string} built the folder with the compiled files
 */
export function bundleModules(root, built) {
  const folder = join(built, "modules");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const entries = names.map((name) => join(folder, name, "main.js")).filter((file) => existsSync(file));
  if (entries.length === 0) return;
  /** @type {typeof import("esbuild")} */
  const { buildSync } = createRequire(join(root, "package.json"))("esbuild");
  for (const entry of entries) {
    buildSync({
      entryPoints: [entry],
      outfile: entry,
      allowOverwrite: true,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      legalComments: "eof",
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
      logLevel: "warning",
    });
    const parts = readdirSync(dirname(entry)).filter((name) => /\.(?:js|d\.ts|map)$/.test(name));
    for (const part of parts) if (part !== "main.js") rmSync(join(dirname(entry), part));
  }
}
