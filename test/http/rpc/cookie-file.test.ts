import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cookiePath, writeCookieFile } from "../../../src/http/rpc/cookie-file.js";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { tempDir } from "../../kit/process-temp-dir.js";

describe("the cookie file", () => {
  it("holds a new secret each time, for its owner's eyes only", async () => {
    await using dir = await tempDir();
    const first = await writeCookieFile(dir.path);
    const { mode } = await stat(first.path);
    expect([first.path, mode & 0o777]).toEqual([join(dir.path, ".cookie"), 0o600]);
    expect(await readFile(first.path, "utf8")).toBe(first.secret);
    expect(first.secret).toMatch(/^__cookie__:[0-9a-f]{64}$/);
    const second = await writeCookieFile(dir.path);
    expect(second.secret).not.toBe(first.secret);
    expect(await readdir(dir.path)).toEqual([".cookie"]);
  });

  it("replaces what a killed host left, and follows no link", async () => {
    await using dir = await tempDir();
    const foreign = join(dir.path, "foreign");
    await writeFile(foreign, "mine", { mode: 0o644 });
    await symlink(foreign, cookiePath(dir.path));
    await symlink(foreign, `${cookiePath(dir.path)}.${process.pid}.tmp`);
    const cookie = await writeCookieFile(dir.path);
    expect(await readFile(foreign, "utf8")).toBe("mine");
    expect((await lstat(cookie.path)).isFile()).toBe(true);
    expect(await readdir(dir.path)).toEqual([".cookie", "foreign"]);
  });

  it("is removed by its owner, who leaves another host's in place", async () => {
    await using dir = await tempDir();
    const first = await writeCookieFile(dir.path);
    const second = await writeCookieFile(dir.path);
    await first.remove();
    expect(await readFile(second.path, "utf8")).toBe(second.secret);
    await second.remove();
    await second.remove();
    expect(await readdir(dir.path)).toEqual([]);
  });

  it("says which file can't be written, and leaves nothing behind", async () => {
    await using dir = await tempDir();
    await mkdir(join(cookiePath(dir.path), "full"), { recursive: true });
    const failing = writeCookieFile(dir.path);
    await expect(failing).rejects.toMatchObject({
      code: "HTTP_COOKIE_UNWRITABLE",
      details: { file: cookiePath(dir.path) },
    });
    await failing.catch((error: Error) => expectThreeParts(error.message));
    expect(await readdir(dir.path)).toEqual([".cookie"]);
    await expect(writeCookieFile(join(dir.path, "absent"))).rejects.toMatchObject({
      code: "HTTP_COOKIE_UNWRITABLE",
    });
  });
});
