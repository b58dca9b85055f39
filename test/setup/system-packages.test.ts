import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  installCommand,
  installPackages,
  mayInstall,
  missingPackages,
} from "../../scripts/setup/system-packages.mjs";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";
import { findTool } from "../kit/tool.js";

/** An apt-get that writes down what it is asked for. */
async function noteTaker(dir: TempDir, exitCode: number): Promise<string> {
  const notes = join(dir.path, "notes");
  const script = `#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> ${notes}\nexit ${exitCode}\n`;
  await writeFile(join(dir.path, "apt-get"), script);
  await chmod(join(dir.path, "apt-get"), 0o755);
  return notes;
}

describe("missingPackages", () => {
  it("names each package once whose programs are not on PATH", async () => {
    await using dir = await tempDir();
    for (const name of ["ps", "gcc", "prlimit"]) await writeFile(join(dir.path, name), "");
    const missing = missingPackages(dir.path, "linux", []).filter((name) => name !== "libc6-dev");
    expect(missing).toEqual(["util-linux", "bubblewrap", "python3", "nats-server", "prometheus", "chromium"]);
    await writeFile(join(dir.path, "setpriv"), "");
    expect(missingPackages(dir.path, "linux", [])).not.toContain("util-linux");
  });

  it("finds servers where they are installed, which ordinary users don't have on their PATH", async () => {
    await using dir = await tempDir();
    await writeFile(join(dir.path, "nats-server"), "");
    await chmod(join(dir.path, "nats-server"), 0o755);
    expect(missingPackages("", "linux", [])).toContain("nats-server");
    expect(missingPackages("", "linux", [dir.path])).not.toContain("nats-server");
    expect(findTool("nats-server", "", [dir.path])).toBe(join(dir.path, "nats-server"));
    expect(findTool("nats-server", "/nowhere", [])).toBeUndefined();
  });

  it("names none where there are no Debian packages to be had", () => {
    expect(missingPackages("", "darwin")).toEqual([]);
  });
});

describe("mayInstall", () => {
  it("says yes to root in CI on a machine with apt-get, and to nobody else", async () => {
    await using dir = await tempDir();
    const env = { CI: "true", PATH: dir.path };
    expect(mayInstall({ env, uid: 0 })).toBe(false);
    await noteTaker(dir, 0);
    expect(mayInstall({ env, uid: 0 })).toBe(true);
    expect(mayInstall({ env, uid: 1000 })).toBe(false);
    expect(mayInstall({ env: { PATH: dir.path }, uid: 0 })).toBe(false);
    expect(mayInstall({ env: { ...env, CI: "" }, uid: 0 })).toBe(false);
  });
});

describe("installPackages", () => {
  it("asks apt-get for exactly them, without questions and recommendations", async () => {
    await using dir = await tempDir();
    const notes = await noteTaker(dir, 0);
    const said: string[] = [];
    const options = { cwd: dir.path, say: (line: string) => said.push(line) };
    const path = process.env.PATH;
    process.env.PATH = `${dir.path}:${path}`;
    try {
      await installPackages(["bubblewrap", "gcc"], options);
    } finally {
      process.env.PATH = path;
    }
    expect(await readFile(notes, "utf8")).toBe(
      "noninteractive update -qq\nnoninteractive install -y -qq --no-install-recommends bubblewrap gcc\n",
    );
    expect(said).toEqual(["installing bubblewrap, gcc for the tests (apt-get) …"]);
  });

  it("says what to do when apt-get failed", async () => {
    await using dir = await tempDir();
    await noteTaker(dir, 100);
    const path = process.env.PATH;
    process.env.PATH = `${dir.path}:${path}`;
    try {
      await expect(installPackages(["bubblewrap"], { cwd: dir.path, say: () => {} })).rejects.toThrow(
        `exit code 100, its reasons stand above; as root: ${installCommand(["bubblewrap"])}`,
      );
    } finally {
      process.env.PATH = path;
    }
  });
});
