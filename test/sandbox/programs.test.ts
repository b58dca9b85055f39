import { chmod, copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostOutcome } from "../fixtures/sandbox/programs-host.js";
import { hostUsers, type ProgramsWorld, programsWorld } from "../kit/sandbox-programs.js";
import { isMissing } from "../kit/tool.js";

const EVENTS = 300;
const isWithout =
  isMissing("bwrap", "bubblewrap") ||
  isMissing("gcc", "gcc and libc6-dev") ||
  isMissing("python3", "python3");

const loaded = ["c", "c-static", "c-path", "python", "python-path"] as const;

const lookAroundInPerl = `#!/usr/bin/perl
use strict;
use POSIX;
use File::Basename;
opendir(my $root, "/") or die;
print "/: ", join(" ", readdir($root)), "\\n";
print "basename: ", basename("/a/b/c"), "\\n";
`;

function manifest(name: string, entryPoint: string): string {
  return `name = "${name}"\nversion = "1.0.0"\nentry_point = "${entryPoint}"\ncapabilities = ["subscribe_events"]\n`;
}

/** What lies in the root of a sandbox on a system that keeps its libraries in /lib and /usr. */
const places = ["data", "dev", "lib", "lib64", "module", "proc", "run", "tmp", "usr"];

/** The names that a program told of a folder, sorted; of a pattern's last match. */
function listed(told: string, folder: string): string[] {
  const line = told.split("\n").find((each) => each.startsWith(`${folder}: `)) ?? "";
  const names = line.slice(folder.length + 2).split(" ");
  return names.filter((name) => !["", ".", ".."].includes(name)).toSorted();
}

const lookAround = `
const { readdirSync } = require("node:fs");
console.log("/:", readdirSync("/").join(" "));
console.log(process.execArgv.join(" "));
console.log(process.execPath);
`;

describe.skipIf(isWithout)("programs in the sandbox", () => {
  let world: ProgramsWorld;
  const looking: string[] = [];
  let perl = "";
  beforeAll(async () => {
    world = await programsWorld();
    for (const name of ["python", "python-path"]) {
      await world.take("module.py", `${name}/module.py`);
      await world.write(`${name}/helper_beside.py`, 'NAME = "beside"\n', 0o644);
      await world.write(`${name}/module.toml`, manifest(name, "module.py"), 0o644);
    }
    const [program, still] = await Promise.all([
      world.compile("module.c", "c/program"),
      world.compile("module.c", "c-static/program", "-static"),
      world.compile("look-around.c", "look/native"),
      world.compile("look-around.c", "look/static", "-static"),
    ]);
    await world.take(program, "c-path/program");
    for (const name of ["c", "c-path", "c-static"])
      await world.write(`${name}/module.toml`, manifest(name, "program"), 0o644);
    const shell = await world.take("look-around.sh", "look/look-around.sh");
    const script = await world.write("look/main.js", lookAround, 0o644);
    perl = await world.write("perl/main", lookAroundInPerl);
    looking.push(shell, join(world.modulesDir, "look/native"), join(world.modulesDir, "look/static"), script);
    expect(still).toContain("c-static");
  }, 60_000);
  afterAll(() => world[Symbol.asyncDispose]());

  describe.each(hostUsers)("of a host run by %s", (user) => {
    let outcome: HostOutcome;
    beforeAll(async () => {
      const codePath = join(world.modulesDir, "look");
      const run = looking.map((entryPath) => ({ entryPath, codePath }));
      run.push({ entryPath: perl, codePath: dirname(perl) });
      outcome = await world.host(user, {
        load: loaded,
        events: EVENTS,
        byPath: ["python-path", "c-path"],
        run,
      });
    }, 120_000);

    it.each(loaded)("let %s subscribe, acknowledge every event and answer its stop", (name) => {
      const { refusal, acked, seen } = outcome.modules[name] ?? {};
      expect({ refusal, acked, seen }, outcome.logged.join("\n")).toMatchObject({
        refusal: null,
        acked: EVENTS,
        seen: { events: EVENTS },
      });
    });

    it("see what they are run with, their own places, and nothing else", () => {
      expect(outcome.runs.map(({ refusal, exitCode, stderr }) => [refusal, exitCode, stderr])).toEqual(
        [...looking, perl].map(() => [null, 0, ""]),
      );
      const [shell = "", ...others] = outcome.runs.slice(0, -1).map(({ stdout }) => stdout);
      expect(listed(shell, "/")).toEqual(["bin", ...places]);
      for (const other of others) expect(listed(other, "/")).toEqual(places);
      expect(listed(shell, "/bin")).toEqual(["sh"]);
      expect(listed(shell, "/usr")).toEqual(["bin"]);
      expect(listed(shell, "/usr/bin")).toEqual(["env", "prlimit"]);
      expect(listed(shell, "/module")).toEqual(["look-around.sh", "main.js", "native", "static"]);
      const libraries = listed(shell, "/lib/*");
      expect(libraries).toContain("libc.so.6");
      expect(
        libraries.filter((name) => !/^(libc|libgcc_s|libsmartcols|ld-linux-.*)\.so\.\d$/.test(name)),
      ).toEqual([]);
    });

    it("are told their place in the sandbox, and the runtime's flags are set", () => {
      const [shell = "", native = "", still = "", script = ""] = outcome.runs.map(({ stdout }) => stdout);
      expect(shell).toContain("argument: /module/look-around.sh\n");
      expect([native, still].map((text) => text.trim().split("\n")[1])).toEqual([
        "argument: /module/native",
        "argument: /module/static",
      ]);
      expect(script).toMatch(
        /^--max-old-space-size=\d+ .*--disallow-code-generation-from-strings --disable-proto=delete$/m,
      );
    });

    it("of Perl find its own folders and libraries, and no file of the host", () => {
      const { stdout = "" } = outcome.runs.at(-1) ?? {};
      expect(stdout).toContain("basename: c\n");
      // Perl looks in a folder of /etc as well.
      expect(listed(stdout, "/").filter((name) => name !== "etc")).toEqual(places);
    });

    it("of Python find its own folders and libraries, what lies beside them, and no file of the host", () => {
      expect(outcome.modules.python?.seen).toMatchObject({
        beside: "beside",
        // Of hashlib, sqlite3 and ctypes, which are libraries of their own.
        libraries: ["e3b0", expect.stringMatching(/^3\./), 8],
        root: places,
      });
    });
  });

  const asRoot = hostUsers.filter((user) => user !== "an ordinary user");
  it.each(asRoot)("of a host run by %s are run by a runtime that is out of their reach", async (user) => {
    const home = join(world.path, "home");
    await mkdir(home);
    const nodePath = join(home, "node");
    await copyFile(process.execPath, nodePath);
    for (const path of [nodePath, home]) await chmod(path, 0o700);
    const run = [
      { entryPath: join(world.modulesDir, "look/main.js"), codePath: join(world.modulesDir, "look") },
    ];
    const { runs } = await world.host(user, { run, nodePath });
    expect(runs[0]).toMatchObject({ refusal: null, exitCode: 0 });
    expect(runs[0]?.stdout).toMatch(/\/\.sandbox\/runtime\/node-\d+-\d+\n$/);
  });
});
