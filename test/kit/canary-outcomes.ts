import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { SandboxSettings } from "../../src/sandbox/index.js";
import type { CanaryOutcome } from "./canary-script.js";

const run = promisify(execFile);

/** Who opens the sandbox. */
export type Opener = "root" | "an unprivileged user";
/** Those that the suite can be: root can be both. */
export const openers: readonly Opener[] =
  process.getuid?.() === 0 ? ["root", "an unprivileged user"] : ["an unprivileged user"];

/** Programs by name, each a script or the bytes of an executable. */
export type FakeTools = Readonly<Record<string, string | Uint8Array>>;

export interface Scenario {
  readonly tools?: FakeTools;
  readonly settings?: Omit<SandboxSettings, "privateDir" | "searchPath" | "mode">;
}

/** Writes fakes of the sandbox's programs to a folder that goes before the system's. */
async function writeTools(folder: string, tools: FakeTools): Promise<void> {
  await mkdir(folder);
  await chmod(folder, 0o755);
  for (const [name, script] of Object.entries(tools)) {
    const path = join(folder, name);
    await writeFile(path, script);
    await chmod(path, 0o755);
  }
}

/**
 * Opens a sandbox for each scenario in one process of its own, whoever that is, and tells how each ended.
 * @param folder an empty one that everybody may enter
 */
export async function canaryOutcomes<Name extends string>(
  folder: string,
  opener: Opener,
  scenarios: Readonly<Record<Name, Scenario>>,
): Promise<Record<Name, CanaryOutcome>> {
  const bundle = join(folder, "canary-script.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("canary-script.ts", import.meta.url))],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  const state = join(folder, "state");
  await mkdir(state);
  await chmod(state, 0o777);
  const names = Object.keys(scenarios) as Name[];
  const settings = await Promise.all(
    names.map(async (name, place): Promise<SandboxSettings> => {
      const { tools = {}, settings: more } = scenarios[name];
      const searchPath = join(folder, `tools-${place}`);
      await writeTools(searchPath, tools);
      return { mode: "auto", privateDir: join(state, String(place)), searchPath, ...more };
    }),
  );
  const node = [process.execPath, bundle, JSON.stringify(settings)];
  const isOther = opener === "an unprivileged user" && process.getuid?.() === 0;
  const asNobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--"];
  const [command = "", ...args] = [...(isOther ? asNobody : []), ...node];
  const { stdout } = await run(command, args, { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 });
  const outcomes = JSON.parse(stdout) as CanaryOutcome[];
  return Object.fromEntries(names.map((name, place) => [name, outcomes[place]])) as Record<
    Name,
    CanaryOutcome
  >;
}
