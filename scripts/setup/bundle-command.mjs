// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/** Not for a bundle: what has parts that are no JavaScript. */
const APART = ["@nats-io/transport-node", "classic-level", "esbuild", "zeromq"];

/**
 * Makes the command of a build one file with everything that it imports: it starts in a third of the time that a
 * thousand files take. Does nothing in a build without a command.
 * @param {string} root where the packages are installed
 * @param {string} built the folder with the compiled files
 */
export async function bundleCommand(root, built) {
  const command = join(built, "cli/main.js");
  if (!existsSync(command)) return;
  /** @type {typeof import("esbuild")} */
  const { build, transform } = createRequire(join(root, "package.json"))("esbuild");
  await build({
    entryPoints: [command],
    outfile: command,
    allowOverwrite: true,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: true,
    sourcesContent: false,
    external: APART,
    legalComments: "eof",
    banner: {
      js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
    },
    logLevel: "warning",
    plugins: [
      {
        name: "places-of-parts",
        // A part that looks for files beside itself finds them where it lay.
        setup: ({ onLoad }) =>
          onLoad({ filter: /\.js$/ }, async ({ path }) => {
            if (relative(built, path).startsWith("..")) return undefined;
            const code = readFileSync(path, "utf8");
            if (!code.includes("import.meta.url")) return undefined;
            const place = JSON.stringify(relative(dirname(command), path));
            const part = await transform(code, {
              format: "esm",
              target: "node20",
              define: { "import.meta.url": "urlOfPart" },
            });
            return { contents: `const urlOfPart = new URL(${place}, import.meta.url).href;\n${part.code}` };
          }),
      },
    ],
  });
}
