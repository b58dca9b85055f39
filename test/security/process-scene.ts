import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect } from "vitest";
import { type ManagerOptions, type ManagerUnderTest, startManager } from "../kit/host-manager.js";
import { expectBalancedBooks } from "../kit/ipc-books.js";
import { eventually } from "../kit/ipc-deadline.js";

/** A host with real module processes: an honest one, and whatever the scene installs. */
export interface ProcessScene {
  readonly host: ManagerUnderTest;
  /** Installs a module that misbehaves at a place in a way (modules/hand-made.mjs); it isn't loaded. */
  install(name: string): Promise<void>;
  /** What was said of a module's life, in the order in which it was published. */
  lifeOf(name: string): string[];
}

/** What tells whether a module is there. */
const PRESENCE: ReadonlySet<string> = new Set(["ModuleLoaded", "ModuleCrashed", "ModuleUnloaded"]);

/** Where a hand-made module misbehaves, and how. */
export type Misbehaviour = {
  readonly at: "start" | "handshake" | "event" | "path";
  readonly act: string;
};

const handMade = pathToFileURL(fileURLToPath(new URL("./modules/hand-made.mjs", import.meta.url))).href;

/**
 * Plays one scene and then asserts what every row promises: the honest module's process got every event, in order and
 * once, and lives; the books balance.
 */
export async function playProcesses(
  options: ManagerOptions & { readonly misbehaving?: Readonly<Record<string, Misbehaviour>> },
  play: (scene: ProcessScene) => Promise<void>,
): Promise<void> {
  const { misbehaving = {}, settings, ...managerOptions } = options;
  const configured = Object.entries(misbehaving).map(([name, config]) => [name, { config }] as const);
  await using host = await startManager({
    ...managerOptions,
    settings: { ...settings, ...Object.fromEntries(configured) },
  });
  await host.run("honest", "recorder");
  await play({
    host,
    install: (name) => installHandMade(host.modulesDir, name),
    lifeOf: (name) =>
      host.published.flatMap(({ type, payload }) =>
        "module_name" in payload && payload.module_name === name && PRESENCE.has(type) ? [type] : [],
      ),
  });
  await expectHonestUnaffected(host);
  expectBalancedBooks(host.bus);
}

async function installHandMade(modulesDir: string, name: string): Promise<void> {
  const folder = join(modulesDir, name);
  await mkdir(folder, { recursive: true });
  const manifest = [`name = "${name}"`, 'version = "1.0.0"', 'entry_point = "main.mjs"'];
  await writeFile(join(folder, "module.toml"), manifest.join("\n"));
  await writeFile(join(folder, "main.mjs"), `import ${JSON.stringify(handMade)};\n`);
}

async function expectHonestUnaffected(host: ManagerUnderTest): Promise<void> {
  host.publishMany(3);
  const published = host.published.flatMap(({ type, seq }) =>
    type === "MempoolTransactionAdded" ? [seq] : [],
  );
  await eventually(
    "the honest module has every event",
    () => host.stats("honest").delivered >= published.length,
  );
  expect(host.stats("honest")).toMatchObject({ matched: published.length, failed: 0, channel_full: 0 });
  expect((await host.recording("honest")).seqs).toEqual(published);
  expect(host.manager.loadedModules.map(({ name }) => name)).toContain("honest");
}
