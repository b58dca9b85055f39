import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** What `<data_dir>/host.json` tells other programs about the running host. */
export interface HostFile {
  readonly pid: number;
  /** Null while the host serves no HTTP. */
  readonly http_url: string | null;
}

const schema = z.object({ pid: z.int().positive(), http_url: z.string().nullable() });

function pathOf(dataDir: string): string {
  return join(dataDir, "host.json");
}

/** Writes the file as a whole: a reader sees the old one, the new one, or none. */
export async function writeHostFile(dataDir: string, content: HostFile): Promise<void> {
  const path = pathOf(dataDir);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeDurably(temporary, `${JSON.stringify(content)}\n`);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, "w", 0o600);
  await file.writeFile(text);
  await file.sync();
}

/** What the file says, or undefined when there is none or it is damaged. */
export async function readHostFile(dataDir: string): Promise<HostFile | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(pathOf(dataDir), "utf8")));
  } catch {
    return undefined;
  }
}

/** Removes the file if it is this process's own. */
export async function removeHostFile(dataDir: string): Promise<void> {
  if ((await readHostFile(dataDir))?.pid === process.pid) await rm(pathOf(dataDir), { force: true });
}
