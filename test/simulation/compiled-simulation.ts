import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { tempDir } from "../kit/process-temp-dir.js";

export type WholeSimulation = typeof import("./whole-simulation.js");

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * The simulation and the sources of the engine as one file that Node loads by itself, with connections in memory in the
 * place of the SDK's dialling. Ten thousand seeds take two thirds of the time that they take in the test runner's own
 * modules, where every import is looked up again whenever it is used.
 */
export async function compiledSimulation(): Promise<WholeSimulation> {
  await using dir = await tempDir();
  const outfile = join(dir.path, "simulation.mjs");
  await build({
    entryPoints: [here("whole-simulation.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    // Loaded only by what no simulation needs, and no JavaScript.
    external: ["zeromq", "classic-level"],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
    logLevel: "error",
    plugins: [
      {
        name: "connections-in-memory",
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/dial\.js$/ }, () => ({ path: here("memory-dial.ts") })),
      },
    ],
  });
  return await import(pathToFileURL(outfile).href);
}
