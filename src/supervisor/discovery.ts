import { access, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, errorMessage } from "../errors.js";
import { type ModuleManifest, manifestErrors, readManifest } from "../manifest/index.js";
import { supervisorErrors } from "./errors.js";

/** A module that could be loaded: its checked manifest and the real path of its directory. */
export interface DiscoveredModule {
  readonly manifest: ModuleManifest;
  readonly directory: string;
  /** Real path of the folder of modules that it was found in; a link may lead from there to `directory`. */
  readonly modulesDir: string;
}

/** A directory that offers no module, with the reason. */
export interface DiscoveryFailure {
  readonly directory: string;
  readonly error: unknown;
}

export interface Discovery {
  /** In name order. */
  readonly modules: readonly DiscoveredModule[];
  readonly failures: readonly DiscoveryFailure[];
}

/**
 * Looks at the direct subdirectories of `folders` that hold a `module.toml`, at most `max` per folder.
 * One bad manifest is a failure of that module alone. Directories that claim the same name are all
 * failures, because no order between them would be safe. Never rejects.
 * Codes of failures: MODULES_DIR_UNREADABLE, TOO_MANY_MODULES, DUPLICATE_MODULE, and those of manifests.
 */
export async function discoverModules(
  folders: readonly string[],
  { max = 1000 }: { readonly max?: number } = {},
): Promise<Discovery> {
  const failures: DiscoveryFailure[] = [];
  const byName = new Map<string, DiscoveredModule[]>();
  const seen = new Set<string>();
  for (const folder of folders) {
    const directories = await moduleDirectories(folder, failures);
    const modulesDir = await realpath(folder).catch(() => folder);
    if (directories.length > max) {
      failures.push({ directory: folder, error: supervisorErrors.TOO_MANY_MODULES({ folder, max }) });
    }
    for (const directory of directories.slice(0, max)) {
      if (seen.has(directory)) continue;
      seen.add(directory);
      try {
        const manifest = await readManifest(join(directory, "module.toml"));
        byName.set(manifest.name, [
          ...(byName.get(manifest.name) ?? []),
          { manifest, directory, modulesDir },
        ]);
      } catch (error) {
        failures.push({ directory, error });
      }
    }
  }
  const modules: DiscoveredModule[] = [];
  for (const [name, claims] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first, ...others] = claims;
    if (first !== undefined && others.length === 0) modules.push(first);
    else failures.push(...claims.map((claim) => duplicate(name, claim, claims)));
  }
  return { modules, failures };
}

function duplicate(
  name: string,
  claim: DiscoveredModule,
  claims: readonly DiscoveredModule[],
): DiscoveryFailure {
  const directories = claims.map(({ directory }) => directory);
  return { directory: claim.directory, error: supervisorErrors.DUPLICATE_MODULE({ name, directories }) };
}

/** The real paths of the subdirectories with a manifest; a directory may be reached by a symbolic link. */
async function moduleDirectories(folder: string, failures: DiscoveryFailure[]): Promise<string[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).sort();
  } catch (cause) {
    const error = supervisorErrors.MODULES_DIR_UNREADABLE({ folder, reason: errorMessage(cause) }, { cause });
    failures.push({ directory: folder, error });
    return [];
  }
  const found: string[] = [];
  for (const name of names) {
    const directory = join(folder, name);
    const file = join(directory, "module.toml");
    try {
      if (await exists(file)) found.push(await realpath(directory));
    } catch (cause) {
      failures.push({ directory, error: unreadable(file, cause) });
    }
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}

function unreadable(file: string, cause: unknown) {
  const allowed = "a readable UTF-8 file";
  const remedy = "make it readable or remove the module's directory";
  return manifestErrors.BAD_MANIFEST(
    { file, key: "document", found: errorMessage(cause), allowed, remedy },
    { cause },
  );
}
