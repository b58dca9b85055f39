import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const packageJson = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** What npm writes down of what it installed. */
const installedPackages = z.object({
  packages: z.record(z.string(), z.looseObject({ resolved: z.string().optional() })),
});

/** The package that this code is a part of. */
export interface OwnPackage {
  readonly root: string;
  readonly version: string;
  /** False in a checkout, and where it was installed from a file or a repository: no registry is known to have it. */
  readonly isPublished: boolean;
  /** The `node_modules` that hold its dependencies and itself, as far as they exist. */
  readonly libraryFolders: readonly string[];
  /** The versions that it was built and tested with, by package name. */
  readonly testedVersions: Readonly<Record<string, string>>;
}

export function readOwnPackage(): OwnPackage {
  const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
  const { version, dependencies, devDependencies } = packageJson.parse(
    JSON.parse(readFileSync(join(root, "package.json"), "utf8")),
  );
  const above = dirname(root);
  const isInstalled = basename(above) === "node_modules";
  return {
    root,
    version,
    isPublished: isInstalled && cameFromRegistry(above),
    libraryFolders: [join(root, "node_modules"), ...(isInstalled ? [above] : [])].filter((path) =>
      existsSync(path),
    ),
    testedVersions: { ...devDependencies, ...dependencies },
  };
}

/**
 * Whether npm had a registry's word for what lies in a `node_modules`. Other package managers write nothing down; they are
 * mostly asked for what is published.
 */
export function cameFromRegistry(nodeModules: string): boolean {
  try {
    const text = readFileSync(join(nodeModules, ".package-lock.json"), "utf8");
    const { resolved } =
      installedPackages.parse(JSON.parse(text)).packages["node_modules/blvm-streams"] ?? {};
    return resolved === undefined || /^https?:/.test(resolved);
  } catch {
    return true;
  }
}
