import { chmod, chown, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ConfigInput } from "../../src/config.js";
import { createHost } from "../../src/host.js";
import { silentLogger } from "../../src/log.js";
import { makePassage, Sandbox } from "../../src/sandbox/index.js";
import { findBlockage } from "../../src/sandbox/reach.js";
import { findUser, requireUser } from "../../src/sandbox/user-ids.js";
import { snapshotCode } from "../../src/supervisor/code-snapshot.js";
import { prepareModuleDataDir } from "../../src/supervisor/module-data-dir.js";
import { isNotRoot, nobody, openTempDir } from "../kit/host-forms.js";
import { recordingLog } from "../kit/process-recording-log.js";

/** A host without modules; resolves when it started and is closed again, rejects with what kept it from starting. */
async function startAndClose(
  folder: string,
  config: Pick<ConfigInput, "modules" | "sandbox">,
): Promise<void> {
  const modulesDir = join(folder, "modules");
  await mkdir(modulesDir, { recursive: true });
  await using host = createHost(
    {
      chain: { source: "replay" },
      http: { port: 0 },
      sandbox: { mode: "auto", ...config.sandbox },
      modules: { modules_dir: modulesDir, data_dir: join(folder, "data"), ...config.modules },
    },
    { log: silentLogger },
  );
  await host.start();
}

describe.skipIf(isNotRoot("the refusals of a host that is root"))("a host that is root", () => {
  it.each(["data_dir", "socket_dir"])("names the folder that closes its %s to its modules", async (key) => {
    await using dir = await openTempDir();
    const closed = join(dir.path, "closed");
    await mkdir(closed, { mode: 0o700 });
    const modules = { [key]: join(closed, "in", "here") };
    const start = startAndClose(dir.path, { modules });
    await expect(start).rejects.toMatchObject({
      code: "SANDBOX_PATH_BLOCKED",
      details: { component: closed, user: "nobody", mode: "0700" },
      message: expect.stringContaining(`chmod o+x ${closed}, or choose another path`),
    });
    await startAndClose(dir.path, { modules, sandbox: { mode: "off" } });
    await chmod(closed, 0o701);
    await startAndClose(dir.path, { modules });
  });

  it("opens the folders that it makes, and none that it finds", async () => {
    await using dir = await openTempDir();
    await startAndClose(dir.path, {});
    const dataDir = join(dir.path, "data");
    expect((await stat(dataDir)).mode & 0o777).toBe(0o711);
    await chmod(dataDir, 0o700);
    await expect(startAndClose(dir.path, {})).rejects.toMatchObject({ details: { component: dataDir } });
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it.each(["nobody-knows-me", "root", "0"])("doesn't start its modules as %s", async (user) => {
    await using dir = await openTempDir();
    await expect(startAndClose(dir.path, { sandbox: { user } })).rejects.toMatchObject({
      code: "SANDBOX_NEEDS_USER",
      message: expect.stringContaining(`sandbox.user is ${user}: `),
    });
  });

  it("tells a code path that modules can't get to when one is to be started", async () => {
    await using dir = await openTempDir();
    const privateDir = join(dir.path, "private");
    const closed = join(dir.path, "closed");
    await mkdir(join(closed, "code"), { recursive: true });
    await chmod(closed, 0o710);
    const sandbox = await Sandbox.open({ log: silentLogger }, { mode: "auto", privateDir });
    await expect(sandbox.requireReach(join(closed, "code"))).rejects.toMatchObject({
      code: "SANDBOX_PATH_BLOCKED",
      details: { component: closed, mode: "0710" },
    });
    await sandbox.close();
    expect(await readdir(dir.path)).toEqual(["closed"]);
  });
});

describe.skipIf(isNotRoot("data directories of other users"))("a module's data directory", () => {
  const prepare = (dataDir: string, log = recordingLog()) =>
    prepareModuleDataDir({ log }, { moduleName: "m", dataDir, owner: nobody });

  it("is made for the module's user alone, whatever the host's umask leaves", async () => {
    await using dir = await openTempDir();
    const before = process.umask(0o077);
    try {
      await prepare(join(dir.path, "new", "data", "m"));
    } finally {
      process.umask(before);
    }
    const { uid, gid, mode } = await stat(join(dir.path, "new", "data", "m"));
    expect([uid, gid, mode & 0o7777]).toEqual([nobody.uid, nobody.gid, 0o700]);
    expect(await findBlockage(join(dir.path, "new", "data", "m"), nobody)).toBeUndefined();
  });

  it("is refused when it is a link, and what it leads to is left alone", async () => {
    await using dir = await openTempDir();
    await mkdir(join(dir.path, "elsewhere"));
    await symlink(join(dir.path, "elsewhere"), join(dir.path, "m"));
    await expect(prepare(join(dir.path, "m"))).rejects.toMatchObject({
      code: "DATA_DIR_FOREIGN",
      details: { module: "m", user: "nobody", reason: "it is a link or no folder" },
    });
    expect((await stat(join(dir.path, "elsewhere"))).uid).toBe(0);
  });

  it("is refused when it belongs to a third user", async () => {
    await using dir = await openTempDir();
    await mkdir(join(dir.path, "m"));
    await chown(join(dir.path, "m"), 4321, 4321);
    await expect(prepare(join(dir.path, "m"))).rejects.toMatchObject({
      code: "DATA_DIR_FOREIGN",
      message: expect.stringContaining(`it belongs to user 4321); it must be a folder of root's`),
    });
  });

  it("is warned about when root left something in it since it was given away", async () => {
    await using dir = await openTempDir();
    await prepare(join(dir.path, "m"));
    await writeFile(join(dir.path, "m", "roots"), "");
    const log = recordingLog();
    await prepare(join(dir.path, "m"), log);
    expect(log.lines).toMatchObject([{ level: "warn", fields: { left: [join(dir.path, "m", "roots")] } }]);
  });
});

describe.skipIf(isNotRoot("copies for another user"))("a copy of a module's code", () => {
  it("can be read by everybody, however closed the original was", async () => {
    await using dir = await openTempDir();
    const directory = join(dir.path, "m");
    await mkdir(join(directory, "lib"), { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    await writeFile(join(directory, "lib", "main.js"), "1", { mode: 0o600 });
    await writeFile(join(directory, "run"), "1", { mode: 0o700 });
    await symlink("lib/main.js", join(directory, "link"));
    const entryPath = join(directory, "lib", "main.js");
    const copies = await makePassage(join(dir.path, "copies")).then(() => join(dir.path, "copies", "m-1"));
    const code = await snapshotCode({ directory, entryPath }, copies);
    expect(await findBlockage(code?.entryPath ?? "", nobody)).toBeUndefined();
    const paths = ["lib", "lib/main.js", "run"].map((path) => join(code?.codePath ?? "", path));
    const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode & 0o7777));
    expect(modes).toEqual([0o755, 0o644, 0o755]);
    expect((await stat(entryPath)).mode & 0o7777).toBe(0o600);
  });
});

describe("findBlockage", () => {
  const user = { name: "somebody", uid: 4321, gid: 4322 };

  it("follows links as the kernel does, and what isn't there blocks nobody", async () => {
    await using dir = await openTempDir();
    const at = (...parts: string[]) => join(dir.path, ...parts);
    await makePassage(at("open", "inner"), true);
    await mkdir(at("closed", "inner"), { recursive: true });
    await chmod(at("closed"), 0o700);
    await symlink("../closed/inner", at("open", "relative"));
    await symlink(at("closed", "inner"), at("open", "absolute"));
    await symlink("self", at("open", "self"));
    const blocked = { component: at("closed"), mode: "0700" };
    expect(await findBlockage(at("open", "inner", "not", "there"), user)).toBeUndefined();
    expect(await findBlockage(at("open", "..", "closed", "x"), user)).toEqual(blocked);
    expect(await findBlockage(at("open", "relative"), user)).toEqual(blocked);
    expect(await findBlockage(at("open", "absolute", "deeper"), user)).toEqual(blocked);
    expect(await findBlockage(at("open", "self", "x"), user)).toBeUndefined();
  });

  it.skipIf(isNotRoot("folders of other users"))("lets the first class that fits decide", async () => {
    await using dir = await openTempDir();
    const folder = join(dir.path, "folder");
    await mkdir(folder);
    const tries = [
      { owner: [4321, 0], mode: 0o700, passes: true },
      { owner: [4321, 0], mode: 0o011, passes: false },
      { owner: [0, 4322], mode: 0o710, passes: true },
      { owner: [0, 4322], mode: 0o701, passes: false },
      { owner: [0, 0], mode: 0o710, passes: false },
      { owner: [0, 0], mode: 0o1701, passes: true },
    ] as const;
    for (const { owner, mode, passes } of tries) {
      await chown(folder, owner[0], owner[1]);
      await chmod(folder, mode);
      expect([owner, mode, (await findBlockage(folder, user)) === undefined]).toEqual([owner, mode, passes]);
    }
  });
});

describe("the user whom modules run as", () => {
  const passwd = [
    "root:x:0:0:root:/root:/bin/sh",
    "toor:x:0:100::/:/bin/sh",
    "blvm:x:900:901::/:/bin/false",
    "900:x:1000:1000::/:/bin/false",
    "wheel:x:902:0::/:/bin/false",
    "minus:x:4294967295:5::/:/bin/false",
    "huge:x:5:4294967295::/:/bin/false",
    "nogroup:x:903::::",
    "+::::::",
  ].join("\n");

  async function scene() {
    const dir = await openTempDir();
    const table = join(dir.path, "passwd");
    await writeFile(table, passwd);
    const getent = join(dir.path, "getent");
    const script =
      '#!/bin/sh\n[ "$2" = ldap ] && echo "ldap:x:7000:7001::/:"\n[ "$2" = sneaky ] && echo "sneaky:x:0:1::/:"\n:';
    await writeFile(getent, script, { mode: 0o755 });
    return { dir, sources: { table, getent } };
  }

  it("is found by name, by number and through getent", async () => {
    const { dir, sources } = await scene();
    await using _ = dir;
    expect(await findUser("blvm", sources)).toEqual({ name: "blvm", uid: 900, gid: 901 });
    expect(await findUser("902", sources)).toBeUndefined();
    expect(await findUser("1000", sources)).toEqual({ name: "900", uid: 1000, gid: 1000 });
    expect(await findUser("900", sources)).toEqual({ name: "900", uid: 1000, gid: 1000 });
    expect(await findUser("ldap", sources)).toEqual({ name: "ldap", uid: 7000, gid: 7001 });
    expect(await findUser("nobody")).toMatchObject({ name: "nobody" });
  });

  it.each([
    ["root", "that is root itself"],
    ["0", "that is root itself"],
    ["toor", "that is root itself"],
    ["sneaky", "that is root itself"],
    ["wheel", "its group is root's"],
    ["minus", "its number stands for no user"],
    ["huge", "its number stands for no user"],
    ["nogroup", "this system knows no such user"],
    ["+", "this system knows no such user"],
    ["-s", "this system knows no such user"],
    ["a:b", "this system knows no such user"],
    ["00", "this system knows no such user"],
  ])("is not %s: %s", async (name, reason) => {
    const { dir, sources } = await scene();
    await using _ = dir;
    expect(await findUser(name, sources)).toBeUndefined();
    await expect(requireUser(name, sources)).rejects.toMatchObject({
      code: "SANDBOX_NEEDS_USER",
      message: expect.stringContaining(`sandbox.user is ${name}: ${reason}`),
    });
  });
});
