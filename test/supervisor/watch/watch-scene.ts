import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FolderWatcher, type FolderWatcherOptions } from "../../../src/supervisor/watch/folder-watcher.js";
import { until } from "../../kit/host-until.js";
import { type RecordingLog, recordingLog } from "../../kit/process-recording-log.js";
import { tempDir } from "../../kit/process-temp-dir.js";

export const debounceMs = 50;

/** A folder of modules, a watcher on it, and what the watcher told. */
export interface WatchScene extends AsyncDisposable {
  /** Everything of the scene lies here. */
  readonly path: string;
  readonly modules: string;
  readonly log: RecordingLog;
  readonly watcher: FolderWatcher;
  /** In order, as in "changed alpha". */
  readonly told: readonly string[];
  /** The directories of {@link told}. */
  readonly directories: readonly string[];
  install(name: string, code?: string): Promise<string>;
  /** Resolves when exactly this was told, in any order. */
  hears(...news: readonly string[]): Promise<void>;
  /**
   * Resolves when a change that began now would have been told of: another module changed and was told of, twice.
   * What is told of that other module is left out of {@link told}.
   */
  passes(): Promise<void>;
}

const witness = "witness";

export async function watchScene(options: Partial<FolderWatcherOptions> = {}): Promise<WatchScene> {
  const dir = await tempDir();
  const modules = join(dir.path, "modules");
  await mkdir(modules);
  const log = recordingLog();
  const told: string[] = [];
  const directories: string[] = [];
  let witnessed = 0;
  const note = (kind: string) => (directory: string, name: string) => {
    if (name === witness) witnessed++;
    else {
      told.push(`${kind} ${name}`);
      directories.push(directory);
    }
  };
  const watcher = new FolderWatcher({
    folders: [modules],
    debounceMs,
    log,
    onChanged: note("changed"),
    onAppeared: note("appeared"),
    onGone: note("gone"),
    ...options,
  });
  const install = (name: string, code?: string) => installPlain(modules, name, code);
  return {
    path: dir.path,
    modules,
    log,
    watcher,
    told,
    directories,
    install,
    hears: (...news) =>
      until(`${news.join(", ")}; told was ${told.join(", ")}`, () => sorted(told) === sorted(news)),
    async passes() {
      for (let round = 0; round < 2; round++) {
        const before = witnessed;
        await install(witness, `// ${before}.${round}`);
        await until("a change of another module is told", () => witnessed > before);
      }
    },
    async [Symbol.asyncDispose]() {
      await watcher.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Writes a module whose entry point is `dist/main.js`; returns its directory. */
export async function installPlain(folder: string, name: string, code = "// first"): Promise<string> {
  const directory = join(folder, name);
  await mkdir(join(directory, "dist"), { recursive: true });
  await writeFile(join(directory, "dist", "main.js"), code);
  await writeFile(join(directory, "module.toml"), manifestText(name));
  return directory;
}

export function manifestText(name: string): string {
  return `name = "${name}"\nversion = "1.0.0"\nentry_point = "dist/main.js"\n`;
}

/** How many directories this process has the kernel watch. */
export async function inotifyWatches(): Promise<number> {
  let count = 0;
  for (const fd of await readdir("/proc/self/fdinfo")) {
    const info = await readFile(`/proc/self/fdinfo/${fd}`, "utf8").catch(() => "");
    count += info.match(/^inotify /gm)?.length ?? 0;
  }
  return count;
}

function sorted(texts: readonly string[]): string {
  return [...texts].sort().join("\n");
}
