import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";

/** The kernel's files of control groups, or what stands in for them. Each call rejects with the errno. */
export interface CgroupFiles {
  read(path: string): Promise<string>;
  /** One write(2), as each of these files wants it. */
  write(path: string, text: string): Promise<void>;
  /** Rejects when this user may not write there. */
  requireWritable(path: string): Promise<void>;
  makeGroup(path: string): Promise<void>;
  /** Names below a group: its files and groups. */
  list(path: string): Promise<readonly string[]>;
  /** Removes a group; its files go with it. EBUSY while a process or a group is in it. */
  removeGroup(path: string): Promise<void>;
}

export const kernelCgroupFiles: CgroupFiles = {
  read: (path) => readFile(path, "utf8"),
  write: (path, text) => writeFile(path, text, { flag: "r+" }),
  requireWritable: (path) => access(path, constants.W_OK),
  makeGroup: (path) => mkdir(path, { mode: 0o755 }).then(() => undefined),
  list: (path) => readdir(path),
  removeGroup: (path) => rmdir(path),
};
