import { chmod, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { passageMode } from "../../src/sandbox/index.js";
import { defaultSocketDir, prepareSocketDir, removeSocketDir } from "../../src/supervisor/socket-folder.js";
import { tempDir } from "../kit/process-temp-dir.js";

const door = "0123456789ab";

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

describe("defaultSocketDir", () => {
  it("lies inside the data directory where a socket's path fits", () => {
    expect(defaultSocketDir("/var/lib/node")).toBe("/var/lib/node/.sockets");
  });

  it.each([1, 50, 80, 120, 300])(
    "leaves room for a socket below a data directory of %i characters",
    (length) => {
      const socketDir = defaultSocketDir(`/${"d".repeat(length)}`);
      expect(Buffer.byteLength(join(socketDir, door, "node.sock"))).toBeLessThanOrEqual(100);
    },
  );

  it("counts bytes, not characters", () => {
    expect(defaultSocketDir(`/${"ö".repeat(60)}`).startsWith(tmpdir())).toBe(true);
  });

  it("is another one for each data directory that is too long", () => {
    const [one, two] = ["a", "b"].map((letter) => defaultSocketDir(`/${letter.repeat(200)}`));
    expect(one).not.toBe(two);
    expect(one).toBe(defaultSocketDir(`/${"a".repeat(200)}`));
  });
});

describe("prepareSocketDir", () => {
  it("makes a folder that only its owner can look into, and says so", async () => {
    await using dir = await tempDir();
    const socketDir = join(dir.path, "deep", "sockets");
    expect(await prepareSocketDir(socketDir, true)).toBe(true);
    expect(await modeOf(socketDir)).toBe(passageMode());
    expect(await prepareSocketDir(socketDir, true)).toBe(false);
  });

  it("clears the doors of a killed host from the default folder, and nothing else", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, door));
    await writeFile(join(dir.path, door, "node.sock"), "");
    await mkdir(join(dir.path, "kept"));
    await writeFile(join(dir.path, "0123456789abc"), "");
    await prepareSocketDir(dir.path, true);
    expect(await readdir(dir.path)).toEqual(["0123456789abc", "kept"]);
  });

  it("touches neither mode nor content of a folder that somebody chose", async () => {
    await using dir = await tempDir();
    await chmod(dir.path, 0o755);
    await mkdir(join(dir.path, door));
    await prepareSocketDir(dir.path, false);
    expect(await modeOf(dir.path)).toBe(0o755);
    expect(await readdir(dir.path)).toEqual([door]);
  });

  it("refuses a file and, as default, a link", async () => {
    await using dir = await tempDir();
    const [file, link] = [join(dir.path, "file"), join(dir.path, "link")];
    await writeFile(file, "");
    await symlink(dir.path, link);
    const refused = { code: "SOCKET_DIR_UNUSABLE" };
    await expect(prepareSocketDir(file, false)).rejects.toMatchObject(refused);
    await expect(prepareSocketDir(file, true)).rejects.toMatchObject(refused);
    await expect(prepareSocketDir(link, true)).rejects.toMatchObject(refused);
    await prepareSocketDir(link, false);
  });

  it("refuses a link that leads nowhere or to a file", async () => {
    await using dir = await tempDir();
    const [nowhere, toFile] = [join(dir.path, "nowhere"), join(dir.path, "to-file")];
    await symlink(join(dir.path, "absent"), nowhere);
    await writeFile(join(dir.path, "file"), "");
    await symlink(join(dir.path, "file"), toFile);
    for (const path of [nowhere, toFile]) {
      await expect(prepareSocketDir(path, false)).rejects.toMatchObject({ code: "SOCKET_DIR_UNUSABLE" });
    }
  });

  it("refuses a folder that can't be made or read, with the system's reason", async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "file"), "");
    await expect(prepareSocketDir(join(dir.path, "file", "sockets"), false)).rejects.toMatchObject({
      code: "SOCKET_DIR_UNUSABLE",
      message: expect.stringContaining("ENOTDIR"),
    });
  });
});

describe("removeSocketDir", () => {
  it("removes an empty folder and leaves a full or absent one alone", async () => {
    await using dir = await tempDir();
    const [empty, full] = [join(dir.path, "empty"), join(dir.path, "full")];
    await mkdir(empty);
    await mkdir(join(full, "inside"), { recursive: true });
    for (const path of [empty, full, join(dir.path, "absent")]) await removeSocketDir(path);
    expect(await readdir(dir.path)).toEqual(["full"]);
  });
});
