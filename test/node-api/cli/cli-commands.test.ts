import { describe, expect, it } from "vitest";
import { CliCommands } from "../../../src/node-api/cli/cli-commands.js";
import type { ModuleInfoRecord } from "../../../src/node-api/index.js";
import type { CliSpec } from "../../../src/requests/index.js";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { type CallerOptions, codeOf, connectedCaller } from "../rpc/connected-caller.js";

type Arg = CliSpec["subcommands"][number]["args"][number];

const info: ModuleInfoRecord = {
  module_id: "",
  module_name: "quiet",
  version: "1.0.0",
  capabilities: [],
  status: "Running",
  api_version: 1,
};
const start = () => new CliCommands({ loaded: () => [info] });

function spec(name: string, subcommands: readonly string[] = ["run"], args: readonly Arg[] = []): CliSpec {
  return { version: 1, name, subcommands: subcommands.map((each) => ({ name: each, args: [...args] })) };
}

describe("commands of modules", () => {
  it("stand under the module's name, with - or _, and under no other", () => {
    const cli = start();
    const { caller } = connectedCaller("ab-cd");
    for (const name of ["", "ab", "AB-CD", "ab_cd_", "quiet", "../ab-cd", "ab cd"]) {
      expect(
        codeOf(() => cli.register(caller, spec(name))),
        name,
      ).toBe("BAD_NAME");
    }
    cli.register(caller, spec("ab_cd"));
    cli.register(caller, spec("ab-cd", ["newer"]));
    expect(cli.specs()).toEqual({ "ab-cd": spec("ab-cd", ["newer"]) });
  });

  it("are one spec for each module, and keep the earlier one when the later is refused", () => {
    const cli = start();
    const { caller, closers } = connectedCaller("one");
    cli.register(caller, spec("one", ["a"]));
    expect(codeOf(() => cli.register(caller, spec("one", ["a b"])))).toBe("BAD_NAME");
    for (let n = 0; n < 100; n++) cli.register(caller, spec("one", [`a${n}`]));
    expect(cli.specOf("one").subcommands).toMatchObject([{ name: "a99" }]);
    expect(closers).toHaveLength(1);
  });

  it("are nobody else's to take", () => {
    const cli = start();
    cli.register(connectedCaller("a-b").caller, spec("a_b"));
    expect(codeOf(() => cli.register(connectedCaller("a_b").caller, spec("a_b")))).toBe("NAME_TAKEN");
  });

  it("have names from which a command line can be made", () => {
    const cli = start();
    const { caller } = connectedCaller("one");
    for (const name of ["", "-a", "a b", "a\n", "ä", "a/b", "a\u202eb"]) {
      expect(
        codeOf(() => cli.register(caller, spec("one", [name]))),
        name,
      ).toBe("BAD_NAME");
    }
    cli.register(caller, spec("one", ["a:b-c_D9"]));
    const wrong: readonly (readonly [Arg, string])[] = [
      [{ name: "-a" }, "BAD_NAME"],
      [{ name: "a b" }, "BAD_NAME"],
      [{ name: "a", long_name: "b=c" }, "BAD_NAME"],
      [{ name: "a", long_name: "help" }, "BAD_NAME"],
      [{ name: "help" }, "BAD_NAME"],
      [{ name: "a", short_name: "-" }, "BAD_NAME"],
      [{ name: "a", short_name: "" }, "BAD_NAME"],
    ];
    for (const [arg, code] of wrong) {
      expect(
        codeOf(() => cli.register(caller, spec("one", ["run"], [arg]))),
        JSON.stringify(arg),
      ).toBe(code);
    }
  });

  it("name nothing twice, and tell where they do", () => {
    const cli = start();
    const { caller } = connectedCaller("one");
    const field = (given: CliSpec) => {
      try {
        cli.register(caller, given);
      } catch (error) {
        return (error as { details: { field: string } }).details.field;
      }
      return undefined;
    };
    expect(field(spec("one", ["a", "b", "a"]))).toBe("spec.subcommands.2.name");
    expect(field(spec("one", ["a"], [{ name: "x" }, { name: "x" }]))).toBe("spec.subcommands.0.args.1.name");
    expect(field(spec("one", ["a"], [{ name: "x" }, { name: "y", long_name: "x" }]))).toBe(
      "spec.subcommands.0.args.1.long_name",
    );
    expect(
      field(
        spec(
          "one",
          ["a"],
          [
            { name: "x", short_name: "q" },
            { name: "y", short_name: "q" },
          ],
        ),
      ),
    ).toBe("spec.subcommands.0.args.1.short_name");
    expect(field(spec("one", ["a", "b"], [{ name: "x" }]))).toBeUndefined();
  });

  it("go with the connection, but not those of a new instance", () => {
    const cli = start();
    const old = connectedCaller("one", { instance: "0" });
    const next = connectedCaller("one", { instance: "1" });
    cli.register(old.caller, spec("one", ["old"]));
    cli.register(next.caller, spec("one", ["new"]));
    old.close();
    expect(cli.specOf("one").subcommands).toMatchObject([{ name: "new" }]);
    next.close();
    expect(cli.specs()).toEqual({});
    cli.register(next.caller, spec("one", ["late"]));
    expect(cli.specs()).toEqual({});
  });
});

describe("running a command of a module", () => {
  function one(answer: NonNullable<CallerOptions["answer"]>) {
    const cli = start();
    const module = connectedCaller("one-two", { answer });
    cli.register(module.caller, spec("one_two", ["run", "list"]));
    return { cli, module };
  }

  it("asks the module for 60 seconds and returns what it printed, by either of its names", async () => {
    const printed = { stdout: "a\n", stderr: "\u001b[31m", exit_code: -7 };
    const { cli, module } = one(() => printed);
    for (const name of ["one_two", "one-two"]) expect(await cli.run(name, "run", ["x", ""])).toEqual(printed);
    expect(module.invoked[0]).toEqual({
      kind: "cli",
      payload: { subcommand: "run", args: ["x", ""] },
      timeoutMs: 60_000,
      signal: undefined,
    });
  });

  it("refuses an answer of another form", async () => {
    for (const answer of [
      null,
      "done",
      { stdout: "", stderr: "" },
      { stdout: 1, stderr: "", exit_code: 0 },
      { stdout: "", stderr: "", exit_code: 1.5 },
      { stdout: "", stderr: "", exit_code: 2 ** 31 },
    ]) {
      await expect(one(() => answer).cli.run("one_two", "run", [])).rejects.toMatchObject({
        code: "MODULE_BAD_RESULT",
      });
    }
  });

  it("says whether the module is absent or offers nothing, and what there is", async () => {
    const { cli, module } = one(() => null);
    const refusal = async (name: string, subcommand = "run") => {
      const error = await cli.run(name, subcommand, []).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expectThreeParts(error?.message ?? "");
      return error;
    };
    expect(await refusal("quiet")).toMatchObject({
      code: "CLI_NOT_OFFERED",
      message: expect.stringContaining("is loaded and offers none"),
    });
    expect(await refusal("one_twu")).toMatchObject({ details: { nearest: "one_two", offered: ["one_two"] } });
    expect(await refusal("one_two", "lits")).toMatchObject({
      code: "UNKNOWN_SUBCOMMAND",
      details: { nearest: "list", subcommands: ["run", "list"] },
    });
    expect(module.invoked).toEqual([]);
  });
});
