import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FileAnswers } from "../../src/sandbox/file-answers.js";
import { ProgramFinder } from "../../src/sandbox/find-program.js";
import type { Machine } from "../../src/sandbox/machine.js";
import { readProgramFile } from "../../src/sandbox/program-file.js";
import { runtimeFlags } from "../../src/sandbox/runtime-flags.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { isMissing } from "../kit/tool.js";

const MIB = 1024 * 1024;
const machine: Machine = {
  platform: "linux",
  arch: process.arch,
  hostUid: 1000,
  user: undefined,
  tools: {},
  nodePath: process.execPath,
  runtimeDataBytes: 48 * MIB,
};
const finder = new ProgramFinder(machine);

async function find(folder: string, content: string | Uint8Array, { mode = 0o755, name = "program" } = {}) {
  const entryPath = join(folder, name);
  await writeFile(entryPath, content);
  await chmod(entryPath, mode);
  const question = { entryPath, codePath: folder, seenPath: `/module/${name}`, memoryBytes: 100 * MIB };
  return finder.find({ ...question, isHidden: true });
}

/** The header of an ELF file for 64-bit machines, with nothing behind it. */
function elfHeader(machineNumber: number, type = 2): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeUInt16LE(type, 16);
  header.writeUInt16LE(machineNumber, 18);
  return header;
}

const ownNumber = process.arch === "arm64" ? 183 : 62;
const foreignNumber = process.arch === "arm64" ? 62 : 183;

describe("an entry point that can't be run", () => {
  it.each<[found: string, content: string | Uint8Array, mode?: number]>([
    ["an empty file", ""],
    ["a text without a #! line", "echo hello\n"],
    ["a file of an unknown kind", Buffer.from([1, 0, 2, 0, 3])],
    ["a file without execute permission", "#!/bin/sh\n", 0o644],
    ["a program for Windows", "MZ\x90\x00"],
    ["a program for macOS", Buffer.from("cffaedfe0c000001", "hex")],
    ["WebAssembly, which no system runs by itself", Buffer.from("0061736d01000000", "hex")],
    ["an archive", "PK\x03\x04"],
    [`an executable for ${process.arch === "arm64" ? "x64" : "arm64"}`, elfHeader(foreignNumber)],
    ["an executable for another processor", elfHeader(4711)],
    ["an object file that was not linked", elfHeader(ownNumber, 1)],
    ["a core dump", elfHeader(ownNumber, 4)],
    ["a shared library", elfHeader(ownNumber, 3)],
    ["can't be examined (its header is cut off)", elfHeader(ownNumber).subarray(0, 20)],
    ["a script whose first line names no interpreter", "#!\necho\n"],
    ["a script whose first line ends with a carriage return", "#!/bin/sh\r\necho\r\n"],
    ["a script whose first line is too long", `#!/bin/sh ${"x".repeat(300)}\n`],
    ['a script for "env python3 -u"', "#!/usr/bin/env python3 -u\n"],
    ['a script for "env -S A=$HOME sh"', "#!/usr/bin/env -S A=$HOME sh\n"],
    ["a script for no-such-interpreter, which is no program", "#!/usr/bin/env no-such-interpreter\n"],
    ["a script for /usr/bin/no-such-interpreter, which is no program", "#!/usr/bin/no-such-interpreter\n"],
    ["a script for ./helper, which is no program", "#!./helper\n"],
    ["a script for /usr/bin/../../tmp/sh, which is no program", "#!/usr/bin/../../tmp/sh\n"],
  ])("is refused as %s", async (found, content, mode = 0o755) => {
    await using dir = await tempDir();
    await expect(find(dir.path, content, { mode })).rejects.toMatchObject({
      code: "SANDBOX_BAD_PROGRAM",
      message: expect.stringContaining(found),
      details: { path: join(dir.path, "program") },
    });
  });

  it("is refused when it is not there, or is no file", async () => {
    await using dir = await tempDir();
    expect(await readProgramFile(join(dir.path, "none"), "x64")).toEqual({
      kind: "unknown",
      found: "not there",
    });
    expect(await readProgramFile(dir.path, "x64")).toMatchObject({ kind: "unknown" });
  });

  it("is refused when the interpreter lies in its own code", async () => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "bin"));
    await copyFile("/bin/sh", join(dir.path, "bin", "sh"));
    await expect(find(dir.path, `#!${join(dir.path, "bin", "sh")}\n`)).rejects.toMatchObject({
      code: "SANDBOX_BAD_PROGRAM",
    });
  });

  it.skipIf(isMissing("gcc", "gcc and libc6-dev"))(
    "is refused when its loader is no file of the system",
    async () => {
      await using dir = await tempDir();
      const source = join(dir.path, "main.c");
      await writeFile(source, "int main(void) { return 0; }\n");
      const loaders = ["/lib/ld-nowhere.so.1", join(dir.path, "main.c"), "/lib/../etc/passwd"];
      for (const loader of loaders) {
        const entryPath = join(dir.path, "main");
        execFileSync("gcc", ["-o", entryPath, source, `-Wl,--dynamic-linker=${loader}`], { stdio: "pipe" });
        const question = { entryPath, codePath: dir.path, seenPath: "/module/main", memoryBytes: undefined };
        await expect(finder.find({ ...question, isHidden: true })).rejects.toMatchObject({
          code: "SANDBOX_BAD_PROGRAM",
          message: expect.stringContaining(`for the loader ${loader}`),
        });
      }
    },
  );
});

describe("an entry point", () => {
  it("that is JavaScript is run by the runtime, with a heap that ends before its memory does", async () => {
    await using dir = await tempDir();
    const program = await find(dir.path, "", { mode: 0o644, name: "main.mjs" });
    expect(program.command).toEqual([
      process.execPath,
      ...runtimeFlags(100 * MIB, machine),
      "/module/main.mjs",
    ]);
    expect(program.baseDataBytes).toBe(machine.runtimeDataBytes);
    expect(runtimeFlags(undefined, machine).join()).not.toContain("space");
    expect(runtimeFlags(MIB, machine)[0]).toBe("--max-old-space-size=16");
  });

  it("that is a script is run by the program of its first line, with that line's argument", async () => {
    await using dir = await tempDir();
    expect((await find(dir.path, "#! /bin/sh -e u\n")).command).toEqual([
      "/bin/sh",
      "-e u",
      "/module/program",
    ]);
    const byName = await find(dir.path, "#!/usr/bin/env -S sh -e -u\n");
    expect(byName.command.slice(1)).toEqual(["-e", "-u", "/module/program"]);
    expect(byName.command[0]).toMatch(/\/bin\/sh$/);
    const { command } = await find(dir.path, "#!/usr/bin/env node\n");
    expect(command[0]).toBe(process.execPath);
  });

  it("of the runtime is shown elsewhere when its own place is taken in the sandbox", async () => {
    await using dir = await tempDir();
    const entryPath = join(dir.path, "main.js");
    await writeFile(entryPath, "");
    const question = { entryPath, codePath: dir.path, seenPath: "/module/main.js", memoryBytes: undefined };
    const placed = new ProgramFinder({ ...machine, nodePath: `/proc/self/root${process.execPath}` });
    const { command, needs } = await placed.find({ ...question, isHidden: true });
    expect(command[0]).toBe("/runtime/node");
    expect(needs[0]).toEqual({ path: `/proc/self/root${process.execPath}`, seenPath: "/runtime/node" });
  });
});

describe("what was found out about files", () => {
  it("is remembered while the file is the same, for 64 files, and a failure is not", async () => {
    await using dir = await tempDir();
    const answers = new FileAnswers<number>();
    let asked = 0;
    const ask = (name: string) => answers.of(join(dir.path, name), () => Promise.resolve(++asked));
    await writeFile(join(dir.path, "a"), "1");
    expect([await ask("a"), await ask("a")]).toEqual([1, 1]);
    await writeFile(join(dir.path, "a"), "12");
    expect(await ask("a")).toBe(2);
    const failing = () => answers.of(join(dir.path, "a2"), () => Promise.reject(new Error("no")));
    await writeFile(join(dir.path, "a2"), "");
    await expect(failing()).rejects.toThrow("no");
    expect(await ask("a2")).toBe(3);
    for (let index = 0; index < 70; index++) {
      await (await open(join(dir.path, `f${index}`), "w")).close();
      await ask(`f${index}`);
    }
    expect(answers.size).toBe(64);
    await expect(ask("none")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
