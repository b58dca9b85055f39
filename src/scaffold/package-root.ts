import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const packageJson = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** The package that this code is a part of. */
export interface OwnPackage {
  readonly root: string;
  readonly version: string;
  /** False in a checkout: no registry is known to have this version. */
  readonly isInstalled: boolean;
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
    isInstalled,
    libraryFolders: [join(root, "node_modules"), ...(isInstalled ? [above] : [])].filter((path) =>
      existsSync(path),
    ),
    testedVersions: { ...devDependencies, ...dependencies },
  };
}
