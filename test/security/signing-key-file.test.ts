import { execFileSync } from "node:child_process";
import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSigningKey, writeSigningKey } from "../../src/security/signing-key-file.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { keyOf } from "./signed-module.js";

const key = keyOf(5);

describe("a private key file", () => {
  it("gives back the key that was written", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "own.key");
    await writeSigningKey(file, key);
    expect(await readSigningKey(file)).toEqual(key);
    const again = writeSigningKey(file, keyOf(6));
    await expect(again).rejects.toMatchObject({
      code: "BAD_KEY_FILE",
      message: expect.stringContaining("exists"),
    });
    expect(await readSigningKey(file)).toEqual(key);
    expect(await readdir(dir.path)).toEqual(["own.key"]);
  });

  it("is not left behind when it could not be written whole", async () => {
    await using dir = await tempDir();
    const fail = () => {
      throw new Error("ENOSPC: no space left on device");
    };
    const unwritable = { ...key, secret: { toString: fail } as unknown as string };
    await expect(writeSigningKey(join(dir.path, "own.key"), unwritable)).rejects.toMatchObject({
      code: "BAD_KEY_FILE",
      message: expect.stringContaining("no space left"),
    });
    expect(await readdir(dir.path)).toEqual([]);
  });

  it("is refused when it is absent, a pipe, a folder, or open to others, and never waited for", async () => {
    await using dir = await tempDir();
    execFileSync("mkfifo", [join(dir.path, "pipe")]);
    await writeFile(join(dir.path, "open"), key.secret, { mode: 0o600 });
    await chmod(join(dir.path, "open"), 0o640);
    for (const [name, word] of [
      ["absent", "can't be read"],
      ["pipe", "no regular file"],
      [".", "no regular file"],
      ["open", "others may read"],
    ] as const) {
      await expect(readSigningKey(join(dir.path, name))).rejects.toMatchObject({
        code: "BAD_KEY_FILE",
        message: expect.stringContaining(word),
      });
    }
  });
});
