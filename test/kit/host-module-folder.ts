import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What a module of test/fixtures/modules does; the file of that name. */
export type Behaviour =
  | "recorder"
  | "asker"
  | "callee"
  | "probe"
  | "mute"
  | "unreading"
  | "flood"
  | "deaf"
  | "stubborn"
  | "quitter"
  | "early-exit"
  | "offers"
  | "spinner"
  | "traced";

export interface InstallOptions {
  readonly version?: string;
  readonly capabilities?: readonly string[];
  /** Methods of the node that it answers. */
  readonly rpcOverrides?: readonly string[];
  /** The text of its config.toml. */
  readonly config?: string;
  /** What it needs, as ranges by name. */
  readonly needs?: Readonly<Record<string, string>>;
  /** What it would like to have beside it. */
  readonly likes?: Readonly<Record<string, string>>;
}

const behaviours = fileURLToPath(new URL("../fixtures/modules", import.meta.url));
const everything = ["subscribe_events", "publish_events", "read_chain_state", "discover_modules"];

/** Installs a module into a folder of modules: a manifest, and an entry point that runs a fixture's behaviour. */
export async function installModule(
  modulesDir: string,
  name: string,
  behaviour: Behaviour,
  {
    version = "1.0.0",
    capabilities = everything,
    rpcOverrides = [],
    config,
    needs = {},
    likes = {},
  }: InstallOptions = {},
): Promise<void> {
  const folder = join(modulesDir, name);
  await mkdir(folder, { recursive: true });
  const manifest = [
    `name = "${name}"`,
    `version = "${version}"`,
    'entry_point = "main.mjs"',
    `capabilities = ${JSON.stringify(capabilities)}`,
    ...(rpcOverrides.length === 0 ? [] : [`rpc_overrides = ${JSON.stringify(rpcOverrides)}`]),
    "[dependencies]",
    ...Object.entries(needs).map(([each, range]) => `${each} = "${range}"`),
    "[optional_dependencies]",
    ...Object.entries(likes).map(([each, range]) => `${each} = "${range}"`),
  ];
  await writeFile(join(folder, "module.toml"), manifest.join("\n"));
  const behaviourUrl = pathToFileURL(join(behaviours, `${behaviour}.js`)).href;
  await writeFile(join(folder, "main.mjs"), `import ${JSON.stringify(behaviourUrl)};\n`);
  if (config !== undefined) await writeFile(join(folder, "config.toml"), config);
}

/** What a recorder wrote down, in order: events and gaps as it handled them, and the reason of its stop. */
export interface Recording {
  readonly seqs: readonly number[];
  readonly types: readonly string[];
  /** Of the events that are about a module: type and name, as in "ModuleLoaded one". */
  readonly lives: readonly string[];
  readonly gaps: readonly { from: number; to: number; count: number; reason: string }[];
  /** Events and gaps in one list: "5" is an event, "6-9" a gap. */
  readonly order: readonly string[];
  readonly stops: readonly string[];
}

/** Reads what a recorder has handled so far; empty before its first line. */
export async function readRecording(dataDir: string, moduleName: string): Promise<Recording> {
  const text = await readFile(join(dataDir, moduleName, "handled.log"), "utf8").catch(() => "");
  // A process that was killed may have left half a line.
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "");
  const words = lines.map((line) => line.split(" "));
  const events = words.filter(([kind]) => kind === "event");
  const gaps = words.filter(([kind]) => kind === "gap");
  return {
    seqs: events.map(([, seq]) => Number(seq)),
    types: events.map(([, , type = ""]) => type),
    lives: events.flatMap(([, , type, name]) => (name === undefined ? [] : [`${type} ${name}`])),
    gaps: gaps.map(([, from, to, count, reason = ""]) => ({
      from: Number(from),
      to: Number(to),
      count: Number(count),
      reason,
    })),
    order: words
      .filter(([kind]) => kind !== "stop")
      .map(([kind, first, second]) => (kind === "gap" ? `${first}-${second}` : `${first}`)),
    stops: words.filter(([kind]) => kind === "stop").map(([, reason = ""]) => reason),
  };
}
