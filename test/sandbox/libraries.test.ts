import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, realpath, symlink, truncate, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readElf } from "../../src/sandbox/elf-file.js";
import { LibraryFinder } from "../../src/sandbox/libraries.js";
import { readLoaderCache } from "../../src/sandbox/loader-cache.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { isMissing } from "../kit/tool.js";

const systemPrograms = [
  "/bin/sh",
  "/usr/bin/python3",
  "/usr/bin/perl",
  "/usr/bin/prlimit",
  "/usr/bin/ldd",
  process.execPath,
];

/** The libraries that the loader itself would take. */
function tellsLdd(program: string): string[] {
  const lines = execFileSync("ldd", [program], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []).toSorted();
}

const elfMagic = Buffer.from("\x7fELF", "latin1");

describe("the libraries of a program", () => {
  it.skipIf(isMissing("ldd", "libc-bin"))("are those that the loader takes", async () => {
    const finder = new LibraryFinder(process.arch);
    for (const program of systemPrograms.filter(existsSync)) {
      if ((await readElf(program)) === undefined) continue;
      const { paths, missing } = await finder.librariesOf([program]);
      const without = paths.filter((path) => !path.endsWith("/libgcc_s.so.1") && path !== "/etc/ld.so.cache");
      const expected = tellsLdd(program).filter((path) => !path.endsWith("/libgcc_s.so.1"));
      expect([program, missing, without.toSorted()]).toEqual([program, [], expected]);
    }
  });

  it("are found in the loader's cache by their names", async () => {
    const cache = await readLoaderCache();
    for (const paths of cache.values()) for (const path of paths) expect(path).toMatch(/^\//);
    expect(await readLoaderCache("/nowhere")).toEqual(new Map());
    await using dir = await tempDir();
    const file = join(dir.path, "cache");
    await writeFile(file, "glibc-ld.so.cache1.1".concat("\xff".repeat(200)));
    expect(await readLoaderCache(file)).toEqual(new Map());
  });
});

describe.skipIf(isMissing("gcc", "gcc and libc6-dev"))("what a module's executable names", () => {
  async function compiled(folder: string, name: string, ...flags: readonly string[]): Promise<string> {
    const source = join(folder, `${name}.c`);
    await writeFile(
      source,
      flags.includes("-shared")
        ? "int own(void) { return 1; }\n"
        : "int own(void); int main(void) { return own(); }\n",
    );
    execFileSync("gcc", ["-o", join(folder, name), source, ...flags], { stdio: "pipe" });
    return join(folder, name);
  }

  it("is looked for within its own code and brings nothing else into sight", async () => {
    await using dir = await tempDir();
    const code = join(dir.path, "code");
    const secret = join(dir.path, "secret");
    for (const folder of [join(code, "lib"), secret]) await mkdir(folder, { recursive: true });
    const library = await compiled(secret, "libown.so", "-shared", "-fPIC");
    const flags = ["-L", secret, "-lown"];
    const outside = await compiled(code, "outside", ...flags, `-Wl,-rpath,${secret}`);
    const climbing = await compiled(code, "climbing", ...flags, `-Wl,-rpath,/usr/lib/../..${secret}`);
    const inside = await compiled(code, "inside", ...flags, "-Wl,-rpath,$ORIGIN/lib");
    const finder = new LibraryFinder(process.arch);
    for (const program of [outside, climbing, inside]) {
      expect(await finder.librariesOf([program], code)).toMatchObject({ missing: ["libown.so"] });
    }
    await symlink(library, join(code, "lib", "libown.so"));
    expect(await finder.librariesOf([inside], code)).toMatchObject({ missing: ["libown.so"] });
    await copyFile(library, join(code, "lib", "real.so"));
    await symlink("real.so", join(code, "lib", "libown.so.1")).catch(() => {});
    execFileSync("ln", ["-sf", "real.so", join(code, "lib", "libown.so")]);
    const { paths, missing } = await finder.librariesOf([inside], code);
    expect(missing).toEqual([]);
    expect(paths.filter((path) => path.startsWith(dir.path))).toEqual([]);
    // A program of the host's own is trusted with what it names.
    expect((await finder.librariesOf([outside])).paths).toContain(await realpath(library));
  });

  it("brings no loader into sight but one of the system, whichever of its files asks for it", async () => {
    await using dir = await tempDir();
    const code = join(dir.path, "code");
    await mkdir(code);
    const secret = join(dir.path, "secret");
    await writeFile(secret, "a password");
    const source = join(dir.path, "asks.c");
    await writeFile(
      source,
      `const char asks[] __attribute__((section(".interp"))) = "${secret}"; int own(void) { return 1; }`,
    );
    execFileSync("gcc", ["-shared", "-fPIC", "-o", join(code, "libown.so"), source], { stdio: "pipe" });
    const flags = ["-L", code, "-lown", "-Wl,-rpath,$ORIGIN"];
    await writeFile(join(code, "main.c"), "int own(void); int main(void) { return own(); }\n");
    execFileSync("gcc", ["-o", join(code, "main"), join(code, "main.c"), ...flags], { stdio: "pipe" });
    const finder = new LibraryFinder(process.arch);
    const { paths, missing } = await finder.librariesOf([join(code, "main")], code);
    expect(missing).toEqual([]);
    expect(paths).not.toContain(secret);
    const { loader = "" } = (await readElf(join(code, "main"))) ?? {};
    expect(paths).toContain(loader);
    expect(await finder.hasLoader(loader)).toBe(true);
    // The kernel climbs from where a link leads, not from where it lies; and a folder or a text is no loader.
    const climbing = `${dirname(loader)}/../${basename(dirname(loader))}/${basename(loader)}`;
    const noLoaders = [climbing, secret, "/usr/lib", "/usr/lib/os-release", `${loader}/`, "/lib/nowhere.so"];
    for (const named of noLoaders) expect([named, await finder.hasLoader(named)]).toEqual([named, false]);
  });

  it("may be damaged in any way without harm", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "program");
    const whole = await readFile(await compiled(dir.path, "libown.so", "-shared", "-fPIC"));
    const changes = fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 0, max: 255 })), { maxLength: 12 });
    const finder = new LibraryFinder(process.arch);
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(whole.length), async (bytes, length) => {
        const damaged = Buffer.from(whole);
        for (const [place, byte] of bytes) if (place >= elfMagic.length) damaged[place] = byte;
        await writeFile(file, damaged);
        await truncate(file, Math.max(length, elfMagic.length));
        const read = await readElf(file).then(
          () => "read",
          (error: unknown) => (error instanceof Error ? "refused" : "thrown"),
        );
        expect(["read", "refused"]).toContain(read);
        const { paths } = await finder.librariesOf([file], dir.path);
        expect(paths.filter((path) => path.startsWith(dir.path))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
