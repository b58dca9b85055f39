import type { ModuleManifest } from "../manifest/index.js";
import { badBinary } from "./bad-binary.js";
import { findCode } from "./find-code.js";
import { measureCode } from "./measure-code.js";
import type { MeasuredCode } from "./measured-code.js";

/**
 * Finds the code of an installed module and measures it, as a host does before it runs a signed module.
 * `directory` is the real path of the module's directory.
 * @throws BAD_BINARY, also when there is no code; CODE_TOO_LARGE
 */
export async function measureModule(manifest: ModuleManifest, directory: string): Promise<MeasuredCode> {
  const { entryPath, root, lookedFor } = await findCode(directory, manifest.entryPoint);
  if (entryPath === undefined) {
    const found = `missing, at ${lookedFor.join(", ")}`;
    throw badBinary(manifest.name, found, "build the module or correct entry_point");
  }
  return measureCode({ module: manifest.name, directory: root, entryPath });
}
