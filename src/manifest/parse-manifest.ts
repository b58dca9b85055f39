import { type CheckedManifest, checkManifest, onlyFault, tooLargeManifest } from "./check-manifest.js";
import { manifestErrors } from "./errors.js";
import type { ModuleManifest } from "./module-manifest.js";
import { readSmallTextFile } from "./small-text-file.js";

/**
 * Reads the text of a `module.toml`; `file` only names it in messages. Keys and sections that this version doesn't
 * know are ignored, and placeholders such as `02abc...` are let through: what needs the real value refuses them.
 * Without `entry_point` the entry point is called like the module.
 * @throws the first fault that {@link checkManifest} finds: MANIFEST_TOO_LARGE (before parsing), BAD_MANIFEST,
 * MANIFEST_LIMIT, MANIFEST_CONFLICT, BAD_NAME, BAD_VERSION, BAD_ENTRY_POINT, BAD_CAPABILITY, BAD_DEPENDENCY,
 * BAD_RPC_OVERRIDE, BAD_HASH, BAD_THRESHOLD, BAD_KEY, each with the file, the line where there is one, the key, what
 * was found and what is allowed.
 */
export function parseManifest(text: string, file: string): ModuleManifest {
  return manifestOf(checkManifest(text, file));
}

/**
 * Reads and checks a `module.toml`. Reads at most 64 KiB of it.
 * @throws what `parseManifest` throws; BAD_MANIFEST when there is no such regular, readable UTF-8 file.
 */
export async function readManifest(path: string): Promise<ModuleManifest> {
  return manifestOf(await checkManifestFile(path));
}

/** Like {@link checkManifest}, for a file of which at most 64 KiB are read. Never rejects. */
export async function checkManifestFile(path: string): Promise<CheckedManifest> {
  const file = await readSmallTextFile(path);
  switch (file.kind) {
    case "text":
      return checkManifest(file.text, path);
    case "too-large":
      return tooLargeManifest(path);
    case "missing":
    case "unreadable":
      return unreadable(path, file.kind === "missing" ? "no such file" : file.reason);
    default:
      throw file satisfies never;
  }
}

function manifestOf({ manifest, faults }: CheckedManifest): ModuleManifest {
  if (manifest === undefined) throw faults[0];
  return manifest;
}

function unreadable(file: string, found: string): CheckedManifest {
  const remedy = "restore the file or remove the module's directory";
  return onlyFault(
    manifestErrors.BAD_MANIFEST({ file, key: "document", found, allowed: "a readable UTF-8 file", remedy }),
  );
}
