import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LayerId } from "../../../src/sandbox/layer.js";
import type { TempDir } from "../../kit/process-temp-dir.js";
import {
  type Battlefield,
  battlefield,
  compileAttacker,
  type HostKind,
  hostKinds,
  type Outcomes,
} from "../../kit/sandbox-attack.js";
import { isMissing } from "../../kit/tool.js";
import type { AttemptGroup } from "./attempt-group.js";
import { grantedChanges } from "./granted-changes.js";
import { javascriptAttempts } from "./javascript-attempts.js";
import { nativeAttempts } from "./native-attempts.js";

const lacksTools =
  isMissing("bwrap", "bubblewrap") || isMissing("setpriv", "util-linux") || isMissing("gcc", "gcc");

let programs: TempDir;
beforeAll(async () => {
  if (!lacksTools) programs = await compileAttacker();
});
afterAll(() => programs?.[Symbol.asyncDispose]());

describe.skipIf(lacksTools).each(hostKinds)("a hostile module of a host that is %s", (kind) => {
  let field: Battlefield;
  let inside: Readonly<Record<"static" | "attacker.mjs", Outcomes>>;
  beforeAll(async () => {
    field = await battlefield(kind, programs);
    const [native, script] = [await field.attack("static"), await field.attack("attacker.mjs")];
    inside = { static: native, "attacker.mjs": script };
  });
  // What Node.js does is the same under both hosts, and takes long to start.
  const isRepeated = (program: string) => program !== "static" && kind !== hostKinds.at(-1);
  afterAll(() => field[Symbol.asyncDispose]());

  describe.each([
    ["in C", "static", nativeAttempts],
    ["in JavaScript", "attacker.mjs", javascriptAttempts],
  ] as const)("%s", (_language, program, groups) => {
    it("tries what the table says and nothing else", () => {
      expect([...inside[program].keys()].toSorted()).toEqual(
        groups.flatMap(({ attempts }) => attempts).toSorted(),
      );
    });

    it("is denied each attempt under all layers", () => {
      expect(deviations(groups, inside[program])).toEqual([]);
    });

    it.each(isRepeated(program) ? [] : leftOut(groups))(
      "succeeds without %s where that layer stands alone",
      async (_name, without) => {
        const outside = await field.attack(program, { without });
        const proving = groups.filter((group) => isFor(group, kind) && isSame(group.opensWithout, without));
        const reaching = groups.filter(
          (group) => isFor(group, kind) && isSame(group.reachesKernelWithout, without),
        );
        const unproven = [
          ...proving.flatMap(({ attempts }) => attempts).filter((name) => outside.get(name) !== "done"),
          ...reaching
            .flatMap(({ attempts }) => attempts)
            .filter((name) => outside.get(name) === inside[program].get(name)),
        ];
        expect(unproven.map((name) => `${name}: ${outside.get(name)}`)).toEqual([]);
        // What several layers deny is denied by each of them.
        const held = groups
          .filter(({ opensWithout = [] }) => opensWithout.some((layer) => !without.includes(layer)))
          .flatMap(({ attempts }) => attempts);
        expect(held.filter((name) => outside.get(name) === "done")).toEqual([]);
      },
    );
  });

  it("gains nothing by being linked at run time", async () => {
    expect(deviations(nativeAttempts, await field.attack("dynamic"))).toEqual([]);
  });

  it("gains nothing by running a file that it wrote itself", async () => {
    const outcomes = await field.attack("static", { args: ["from-data"] });
    expect(deviations(nativeAttempts, outcomes)).toEqual([]);
  });

  it("gains nothing by loading machine code into its runtime", async () => {
    const outcomes = await field.attack("attacker.mjs", { args: ["native"] });
    // The runtime holds descriptors and memory of its own.
    expect(outcomes.get("fork twice into a session of its own")).toBe("EPERM");
    const native = new Map([...outcomes, ["hold descriptors of the host", "EBADF"]]);
    expect(deviations(nativeAttempts, native)).toEqual([]);
  });

  it.each(grantedChanges.filter(({ program }) => !isRepeated(program)))(
    "is given by $grant what it names and nothing else: $program",
    async ({ grant, program, changes }) => {
      const granted = await field.attack(program, { grants: { [grant]: true } });
      const different = [...granted].filter(([name, outcome]) => inside[program].get(name) !== outcome);
      expect(Object.fromEntries(different)).toEqual(changes);
    },
  );

  it("reaches no root by a set-user-ID file", async () => {
    const whoami = async (without: readonly LayerId[]) =>
      (await field.run("set-user-id", { args: ["whoami"], without })).output.trim();
    const moduleUid = process.getuid?.() === 0 ? "65534" : String(process.getuid?.());
    expect(await whoami([])).toBe(moduleUid);
    // The kernel heeds the bit where neither no_new_privs nor a mount forbids it.
    const open = await whoami(["identity", "filesystem", "network", "kernel"]);
    expect(open).toBe(process.getuid?.() === 0 ? "0" : moduleUid);
  });

  it.runIf(process.arch === "x64").each(["i386", "x32"])(
    "is killed when it calls the kernel in the way of %s",
    async (way) => {
      expect((await field.run("static", { args: [way] })).code).toContain("SIGSYS");
      expect(await field.attack("static", { args: [way], without: ["kernel"] })).toHaveProperty("size", 1);
    },
  );

  it("can write to process 1 of its sandbox only where that is not hidden", async () => {
    const args = ["open the memory of process 1"];
    const options = {
      args,
      edit: (line: readonly string[]) => without(line, ["--tmpfs", "/proc/1"], "/proc/1"),
    };
    expect((await field.attack("static", { args })).get(args[0] ?? "")).toBe("ENOENT");
    expect((await field.attack("static", options)).get(args[0] ?? "")).toBe("done");
  });
});

/** Attempts that ended otherwise than the table says, in words. */
function deviations(groups: readonly AttemptGroup[], outcomes: Outcomes): string[] {
  return groups.flatMap(({ attempts, ends }) =>
    attempts
      .filter((name) => !ends.split("|").includes(outcomes.get(name) ?? "not tried"))
      .map((name) => `${name}: ${outcomes.get(name)}, not ${ends}`),
  );
}

/** The sets of layers that are left out in turn, by their names. */
function leftOut(groups: readonly AttemptGroup[]): [name: string, without: readonly LayerId[]][] {
  return [...new Map(groups.flatMap(setsOf).map((set) => [set.join(" and "), set]))];
}

function setsOf({ opensWithout, reachesKernelWithout }: AttemptGroup): (readonly LayerId[])[] {
  return [opensWithout, reachesKernelWithout].filter((set) => set !== undefined);
}

function isFor({ hosts }: AttemptGroup, kind: HostKind): boolean {
  return hosts === undefined || hosts.includes(kind);
}

function isSame(one: readonly LayerId[] | undefined, other: readonly LayerId[]): boolean {
  return one?.join() === other.join();
}

/** Takes a mount and its remount out of a command line. */
function without(line: readonly string[], mount: readonly string[], path: string): string[] {
  const at = line.findIndex((word, index) => word === mount[0] && line[index + 1] === mount[1]);
  return line.filter((word, index) => {
    if (index === at || index === at + 1 || index === at - 1 || index === at - 2) return false;
    return (
      !(word === "--remount-ro" && line[index + 1] === path) &&
      !(word === path && line[index - 1] === "--remount-ro")
    );
  });
}
