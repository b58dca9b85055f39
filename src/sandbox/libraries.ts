import { readFile, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize } from "node:path";
import { type ElfFile, readElf } from "./elf-file.js";
import { LOADER_CACHE, readLoaderCache } from "./loader-cache.js";

/** What a program loads when it starts. */
export interface Libraries {
  /** Absolute paths that must be in sight, the loader among them. */
  readonly paths: readonly string[];
  /** Names of those that are nowhere. */
  readonly missing: readonly string[];
}

const MAX_LIBRARIES = 1024;
/** What glibc loads by itself when a thread is ended. */
const UNNAMED = "libgcc_s.so.1";

/** Folders that hold nothing but what belongs to the system: whatever a module names, no other file is shown to it. */
const systemRoots = [
  "/lib",
  "/lib64",
  "/usr/lib",
  "/usr/lib64",
  "/usr/local/lib",
  "/nix/store",
  "/gnu/store",
];

const multiarch: Readonly<Record<string, string>> = {
  x64: "x86_64-linux-gnu",
  arm64: "aarch64-linux-gnu",
  riscv64: "riscv64-linux-gnu",
  ppc64: "powerpc64le-linux-gnu",
  loong64: "loongarch64-linux-gnu",
};

/** An object that is loaded, and the folders that those who loaded it pass on to it. */
interface Loading {
  readonly path: string;
  readonly elf: ElfFile;
  readonly inherited: readonly string[];
}

interface Found {
  readonly path: string;
  readonly elf: ElfFile;
  /** What must be brought into sight for it; nothing for what lies in the module's code. */
  readonly shown: readonly string[];
}

/**
 * Finds what programs of this machine load at their start, in the order of the loader: the folders that the file names,
 * the loader's cache, the usual folders. The files are only read: nothing of them is run, as some `ldd` would.
 * @see ld.so(8)
 */
export class LibraryFinder {
  readonly #arch: string;
  #cache: Promise<ReadonlyMap<string, readonly string[]>> | undefined;
  #folders: Promise<readonly string[]> | undefined;

  constructor(arch: string) {
    this.#arch = arch;
  }

  /**
   * Whether the system has the loader that a file asks for: an ELF file of this machine in a folder of the system, by a
   * path without detours. The kernel climbs with `..` from where a link leads, which may be anywhere.
   */
  async hasLoader(loader: string): Promise<boolean> {
    const isPlain = loader === normalize(loader) && isSystemPath(loader);
    return isPlain && (await this.#fitting(loader)) !== undefined;
  }

  /**
   * What the files need together, in sight at the same paths. What is no ELF file of this machine needs nothing.
   * @param codePath the module's own code, in sight already; the files are the module's then, and what they name counts only
   * within its code and the system's folders. Undefined for programs of the system and the host.
   * @throws RangeError when there are more than 1,024
   */
  async librariesOf(files: readonly string[], codePath?: string): Promise<Libraries> {
    const code = codePath === undefined ? undefined : await realpath(codePath);
    const paths = new Set<string>();
    const missing = new Set<string>();
    const loaders = new Set<string>();
    const asked = new Set<string>();
    const loaded = new Set<string>();
    const waiting: Loading[] = [];
    for (const path of files) {
      const elf = await this.#fitting(path);
      if (elf !== undefined) waiting.push({ path, elf, inherited: [] });
    }
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { path, elf, inherited } = next;
      const origin = dirname(await realpath(path));
      const rpath = [...elf.rpath.map((folder) => expand(folder, origin)), ...inherited];
      const folders = elf.runpath.length > 0 ? elf.runpath.map((folder) => expand(folder, origin)) : rpath;
      // Any file can name one, a library too: what a module's files name is shown only when it is a loader.
      const loader = code === undefined ? elf.loader : await this.#loaderOf(elf);
      if (loader !== undefined) paths.add(loader);
      if (loader !== undefined) loaders.add(basename(loader));
      const isGlibc = loader !== undefined && basename(loader).startsWith("ld-linux");
      for (const name of isGlibc ? [...elf.needed, UNNAMED] : elf.needed) {
        const question = `${name}\n${folders.join(":")}`;
        // The loader, which libraries name too, is there already.
        if (asked.has(question) || loaders.has(name)) continue;
        asked.add(question);
        const found = await this.#find(name, folders, code);
        if (found === undefined) {
          if (name !== UNNAMED) missing.add(name);
          continue;
        }
        for (const each of found.shown) paths.add(each);
        if (loaded.has(found.path)) continue;
        if (loaded.size >= MAX_LIBRARIES)
          throw new RangeError(`it needs more than ${MAX_LIBRARIES} libraries`);
        loaded.add(found.path);
        waiting.push({ path: found.path, elf: found.elf, inherited: rpath });
      }
    }
    return { paths: [...paths], missing: [...missing] };
  }

  async #loaderOf({ loader }: ElfFile): Promise<string | undefined> {
    return loader !== undefined && (await this.hasLoader(loader)) ? loader : undefined;
  }

  async #find(
    name: string,
    folders: readonly string[],
    code: string | undefined,
  ): Promise<Found | undefined> {
    const named = name.includes("/") ? [] : folders.map((folder) => join(folder, name));
    for (const path of isAbsolute(name) ? [normalize(name)] : named) {
      const isOwn = code !== undefined && (await isBelow(path, code));
      if (code !== undefined && !isOwn && !isSystemPath(path)) continue;
      const elf = await this.#fitting(path);
      if (elf !== undefined) return { path, elf, shown: isOwn ? [] : [path] };
    }
    if (name.includes("/")) return undefined;
    this.#cache ??= readLoaderCache();
    const cached = (await this.#cache).get(name) ?? [];
    this.#folders ??= usualFolders(this.#arch);
    const usual = await this.#folders;
    for (const path of [...cached, ...usual.map((folder) => join(folder, name))]) {
      const elf = await this.#fitting(path);
      if (elf === undefined) continue;
      // What lies elsewhere is found through the cache alone.
      return { path, elf, shown: usual.includes(dirname(path)) ? [path] : [path, LOADER_CACHE] };
    }
    return undefined;
  }

  /** Libraries of other machines are passed over, as the loader does. */
  async #fitting(path: string): Promise<ElfFile | undefined> {
    const elf = await readElf(path).catch(() => undefined);
    return elf?.arch === this.#arch ? elf : undefined;
  }
}

/** musl's loader has a file with folders instead of a cache. */
async function usualFolders(arch: string): Promise<string[]> {
  const triple = multiarch[arch];
  const musl = `/etc/ld-musl-${arch === "arm64" ? "aarch64" : "x86_64"}.path`;
  const text = await readFile(musl, "utf8").catch(() => "");
  return [
    ...text.split(/[:\n]/).filter(isAbsolute),
    ...(triple === undefined ? [] : [`/lib/${triple}`, `/usr/lib/${triple}`]),
    ...["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"],
  ];
}

function expand(folder: string, origin: string): string {
  return normalize(folder.replaceAll(/\$(?:ORIGIN|\{ORIGIN\})/g, origin));
}

function isSystemPath(path: string): boolean {
  const plain = normalize(path);
  return systemRoots.some((root) => plain.startsWith(`${root}/`));
}

async function isBelow(path: string, folder: string): Promise<boolean> {
  const real = await realpath(path).catch(() => "");
  return real.startsWith(`${folder}/`);
}
