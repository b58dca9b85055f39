import { mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Does what `npm install` would, without a network: the libraries of this checkout, and the checkout itself. */
export async function linkLibraries(directory: string): Promise<void> {
  const libraries = ["typescript", "vitest", "zod", "@types/node"];
  const links = [
    [join(root), "blvm-streams"] as const,
    ...libraries.map((library) => [join(root, "node_modules", library), library] as const),
  ];
  for (const [target, name] of links) {
    const link = join(directory, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
}
