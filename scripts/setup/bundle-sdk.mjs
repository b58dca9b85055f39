// @ts-check
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Writes the module author's door, `sdk/index.js` of a build, with everything that it imports into one file beside it:
 * a module process that loads some 500 files spends three times as long on its start. Does nothing in a build without
 * that door.
 * @param {string} root where the packages are installed
 * @param {string} built the folder with the compiled files
 */
export function bundleSdk(root, built) {
  const door = join(built, "sdk/index.js");
  if (!existsSync(door)) return;
  /** @type {typeof import("esbuild")} */
  const { buildSync } = createRequire(join(root, "package.json"))("esbuild");
  buildSync({
    entryPoints: [door],
    outfile: join(built, "sdk/bundled.js"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: true,
    // The licences of what is taken in stand at its end.
    legalComments: "eof",
    // What is no ES module in there asks for Node's own modules.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
}
