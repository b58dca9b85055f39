import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { UserIds } from "../machine.js";

/** Where a canary lies, whether it is made yet or not. */
export interface CanaryFolder {
  readonly root: string;
  /** Holds the program, and a file beside it. */
  readonly codeDir: string;
  readonly entryPath: string;
  readonly codeWitness: string;
  readonly dataDir: string;
  readonly socketPath: string;
  /** A file that anybody may read and write, and that is none of the canary's business. */
  readonly openFile: string;
}

/** A place in a folder of the host alone that nothing else is at. Makes nothing. */
export function planCanaryFolder(privateDir: string, programName: string): CanaryFolder {
  const root = join(privateDir, `canary-${randomBytes(6).toString("hex")}`);
  const codeDir = join(root, "code");
  return {
    root,
    codeDir,
    entryPath: join(codeDir, programName),
    codeWitness: join(codeDir, "witness"),
    dataDir: join(root, "data"),
    socketPath: join(root, "sockets", "s"),
    openFile: join(root, "open"),
  };
}

/** Makes the folders as a module's are made: its data is its user's. Whoever made them removes them. */
export async function makeCanaryFolder(
  { root, codeDir, entryPath, codeWitness, dataDir, socketPath, openFile }: CanaryFolder,
  program: Buffer,
  user: UserIds | undefined,
): Promise<void> {
  await makeFolder(root, 0o711);
  await makeFolder(codeDir, 0o755);
  await makeFolder(dataDir, 0o700);
  await makeFolder(dirname(socketPath), 0o755);
  await makeFile(entryPath, program, 0o755);
  await makeFile(codeWitness, Buffer.alloc(0), 0o644);
  await makeFile(openFile, Buffer.alloc(0), 0o666);
  if (user !== undefined) await chown(dataDir, user.uid, user.gid);
}

/** Never rejects. */
export function removeCanaryFolder({ root }: CanaryFolder): Promise<void> {
  return rm(root, { recursive: true, force: true }).catch(() => {});
}

/** Whatever this process's mask takes away. */
async function makeFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode });
  await chmod(path, mode);
}

async function makeFile(path: string, bytes: Buffer, mode: number): Promise<void> {
  await writeFile(path, bytes, { flag: "wx", mode });
  await chmod(path, mode);
}
