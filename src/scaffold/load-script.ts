import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { errorMessage } from "../errors.js";
import { scaffoldErrors } from "./errors.js";
import { readOwnPackage } from "./package-root.js";

/**
 * Runs a script of the user's and gives what it exports. TypeScript is stripped of its types; files beside it come with
 * it, packages are loaded from where they are installed, and `blvm-streams` is found also where it isn't. Nothing is left
 * on the disk.
 * @throws SCRIPT_UNLOADABLE
 */
export async function loadScript(file: string): Promise<Readonly<Record<string, unknown>>> {
  const folder = await mkdtemp(join(tmpdir(), "blvm-streams-"));
  try {
    const script = join(folder, "script.mjs");
    await writeFile(script, await compile(resolve(file)));
    return (await import(pathToFileURL(script).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw scaffoldErrors.SCRIPT_UNLOADABLE({ file, reason: errorMessage(cause) }, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compile(file: string): Promise<string> {
  // Loaded here, so that no other command starts the bundler.
  const esbuild = await import("esbuild");
  const { outputFiles } = await esbuild.build({
    entryPoints: [file],
    absWorkingDir: dirname(file),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // Paths of somebody's tsconfig lead to sources, which Node can't load.
    tsconfigRaw: {},
    plugins: [installedPackages(readOwnPackage().root)],
    logLevel: "silent",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** Packages stay where they are installed: they are imported by their place. */
function installedPackages(ownRoot: string): Plugin {
  const asked = Symbol("asked by the plugin itself");
  return {
    name: "installed-packages",
    setup({ onResolve, resolve: resolveImport }) {
      onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (pluginData === asked || kind === "entry-point" || isBuiltin(path)) return undefined;
        for (const from of [resolveDir, ownRoot]) {
          const found = await resolveImport(path, { kind, importer, resolveDir: from, pluginData: asked });
          if (found.errors.length === 0) return { path: pathToFileURL(found.path).href, external: true };
        }
        return undefined;
      });
    },
  };
}
