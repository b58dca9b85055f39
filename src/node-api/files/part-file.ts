import { randomBytes } from "node:crypto";
import { createIn, inheritOwner, type Opened, removeIn, renameIn } from "../../security/index.js";
import { PART_FILE_PREFIX } from "./file-path.js";

const STAT_BLOCK_BYTES = 512;

/**
 * Puts a file with this content in the place of `name`, as a whole: a reader, or a power failure, sees what was there
 * before or the new one. Nothing is left behind when it fails.
 * @returns what it takes on the disk, in bytes
 */
export async function replaceIn(folder: Opened, name: string, data: Uint8Array): Promise<number> {
  const partName = PART_FILE_PREFIX + randomBytes(8).toString("hex");
  try {
    const takenBytes = await writeDurably(folder, partName, data);
    await renameIn(folder, partName, name);
    await folder.handle.sync();
    return takenBytes;
  } catch (error) {
    await removeIn(folder, partName).catch(() => {});
    throw error;
  }
}

async function writeDurably(folder: Opened, name: string, data: Uint8Array): Promise<number> {
  await using file = await createIn(folder, name);
  await file.handle.writeFile(data);
  // Only now: until it is whole nobody else has to do with it.
  await inheritOwner(folder, file);
  await file.handle.sync();
  const { blocks } = await file.handle.stat();
  return blocks * STAT_BLOCK_BYTES;
}
