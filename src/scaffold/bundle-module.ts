import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { BuildFailure, BuildOptions, Message, OutputFile, Plugin } from "esbuild";
import { errorMessage } from "../errors.js";
import { readManifest } from "../manifest/index.js";
import { scaffoldErrors } from "./errors.js";
import { bundleNameOf, findSource } from "./find-source.js";
import { readOwnPackage } from "./package-root.js";

export interface BundleOptions {
  /** The module's own folder, with its `module.toml`. */
  readonly directory: string;
  /** Default: what a host runs as the manifest's entry point. */
  readonly outFile?: string | undefined;
  /** In place of the module's folder, for a file that `outFile` doesn't name. */
  readonly outDirectory?: string | undefined;
}

export interface Bundle {
  readonly sourceFile: string;
  readonly outFile: string;
  readonly sizeBytes: number;
  /** What the bundler found odd, each as `file:line:column: text`. */
  readonly warnings: readonly string[];
}

const MAX_SHOWN_PROBLEMS = 20;

// `var`, because a module may declare these names itself. Libraries that are no ES modules need them.
const moduleBanner = [
  'import { createRequire as makeRequireOfBundle } from "node:module";',
  'import { fileURLToPath as pathOfBundle } from "node:url";',
  "var require = makeRequireOfBundle(import.meta.url);",
  "var __filename = pathOfBundle(import.meta.url);",
  'var __dirname = pathOfBundle(new URL(".", import.meta.url));',
].join("\n");
const commonJsUrl = "urlOfBundle";
const commonJsBanner = `var ${commonJsUrl} = require("node:url").pathToFileURL(__filename).href;`;

/**
 * Makes one self-contained ES module of a module's source, for a file that ends in `.cjs` a CommonJS one, with the SDK and
 * all libraries in it: plain `node` runs it. The source is `src/<name of the entry point>.ts`, or the like (see {@link findSource}). `blvm-streams` and what it
 * depends on are found also where the module has no `node_modules`. The file is replaced at once or not at all.
 * @throws BUNDLE_NO_SOURCE; BUNDLE_FAILED with each problem's file, line and column; what its manifest provokes
 */
export async function bundleModule({ directory, outFile, outDirectory }: BundleOptions): Promise<Bundle> {
  const root = resolve(directory);
  const { entryPoint } = await readManifest(join(root, "module.toml"));
  const { sourceFile, lookedFor } = await findSource(root, entryPoint);
  if (sourceFile === undefined) throw scaffoldErrors.BUNDLE_NO_SOURCE({ directory: root, lookedFor });
  const target = resolve(outFile ?? join(outDirectory ?? root, await scriptFor(root, entryPoint)));
  const { file, warnings } = await build(root, sourceFile, target);
  try {
    await replaceFile(target, file.contents);
  } catch (cause) {
    const problems = [`${target} can't be written: ${errorMessage(cause)}`];
    throw scaffoldErrors.BUNDLE_FAILED({ directory: root, problems, total: 1 }, { cause });
  }
  return { sourceFile, outFile: target, sizeBytes: file.contents.byteLength, warnings };
}

async function scriptFor(root: string, entryPoint: string): Promise<string> {
  const name = await bundleNameOf(root, entryPoint);
  if (name !== undefined) return name;
  const found = `${join(root, "module.toml")}: entry_point is ${JSON.stringify(entryPoint)}`;
  const problems = [`${found}, a bundle is a .js, .mjs or .cjs file: rename it`];
  throw scaffoldErrors.BUNDLE_FAILED({ directory: root, problems, total: 1 });
}

async function build(
  root: string,
  sourceFile: string,
  outFile: string,
): Promise<{ file: OutputFile; warnings: readonly string[] }> {
  // Loaded here, so that no other command starts the bundler.
  const esbuild = await import("esbuild");
  const own = readOwnPackage();
  const isCommonJs = outFile.endsWith(".cjs");
  const options: BuildOptions & { write: false } = {
    absWorkingDir: root,
    entryPoints: [sourceFile],
    outfile: outFile,
    bundle: true,
    format: isCommonJs ? "cjs" : "esm",
    platform: "node",
    target: "node20",
    banner: { js: isCommonJs ? commonJsBanner : moduleBanner },
    ...(isCommonJs && { define: { "import.meta.url": commonJsUrl } }),
    legalComments: "eof",
    nodePaths: [...own.libraryFolders],
    plugins: [ownPackagePlugin(own.root)],
    logLevel: "silent",
    write: false,
  };
  try {
    const { outputFiles, warnings } = await esbuild.build(options);
    const [file, ...others] = outputFiles;
    if (file === undefined || others.length > 0) {
      const problems = [`the bundle would be ${outputFiles.length} files instead of one`];
      throw scaffoldErrors.BUNDLE_FAILED({ directory: root, problems, total: 1 });
    }
    return { file, warnings: warnings.map((warning) => located(root, warning)) };
  } catch (cause) {
    if (!isBuildFailure(cause)) throw cause;
    const problems = cause.errors.slice(0, MAX_SHOWN_PROBLEMS).map((error) => located(root, error));
    const total = cause.errors.length;
    throw scaffoldErrors.BUNDLE_FAILED({ directory: root, problems, total }, { cause });
  }
}

/** Resolves `blvm-streams` as the module would, and where the module can't, to the package that bundles it. */
function ownPackagePlugin(ownRoot: string): Plugin {
  const asked = Symbol("asked by the plugin itself");
  return {
    name: "own-package",
    setup({ onResolve, resolve: resolveImport }) {
      onResolve(
        { filter: /^blvm-streams(\/|$)/ },
        async ({ path, kind, importer, resolveDir, pluginData }) => {
          if (pluginData === asked) return undefined;
          const usual = await resolveImport(path, { kind, importer, resolveDir, pluginData: asked });
          if (usual.errors.length === 0) return usual;
          const own = await resolveImport(path, { kind, importer, resolveDir: ownRoot, pluginData: asked });
          return own.errors.length === 0 ? own : undefined;
        },
      );
    },
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function located(root: string, { location, text }: Message): string {
  if (location === null) return text;
  return `${join(root, location.file)}:${location.line}:${location.column + 1}: ${text}`;
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const next = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeFile(next, bytes);
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true }).catch(() => {});
    throw error;
  }
}
