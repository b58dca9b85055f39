// @ts-check
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** What browsers have known since 2022. */
const TARGETS = ["chrome109", "firefox115", "safari16"];
/** Neither of them carries its licence in its code. */
const TAKEN_IN = ["preact", "uplot"];

/**
 * Makes the page that the host shows: one script, one style sheet, and what stands beside them, in `page` of a build.
 * Does nothing where there are no sources of a page.
 * @param {string} root where the packages are installed and `page` has the sources
 * @param {string} built the folder with the compiled files
 */
export function bundlePage(root, built) {
  const sources = join(root, "page");
  if (!existsSync(join(sources, "main.tsx"))) return;
  const require = createRequire(join(root, "package.json"));
  /** @type {typeof import("esbuild")} */
  const { buildSync } = require("esbuild");
  const licences = TAKEN_IN.map((name) => {
    const text = readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8").replaceAll("*/", "");
    return `${name}\n${text.trim()}`;
  });
  buildSync({
    entryPoints: { app: join(sources, "main.tsx") },
    outdir: join(built, "page"),
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: TARGETS,
    jsx: "automatic",
    jsxImportSource: "preact",
    tsconfig: join(sources, "tsconfig.json"),
    nodePaths: [join(root, "node_modules")],
    legalComments: "eof",
    footer: { js: `/*!\n${licences.join("\n\n")}\n*/` },
    logLevel: "warning",
  });
  for (const name of ["index.html", "icon.svg"]) copyFileSync(join(sources, name), join(built, "page", name));
}
