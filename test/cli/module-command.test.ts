import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { cliErrors } from "../../src/cli/errors.js";
import { runCli } from "../../src/cli/run-cli.js";
import { terminalText } from "../../src/cli/terminal-text.js";
import { controlMethod } from "../../src/control/index.js";
import { errorFromWire } from "../../src/ipc/index.js";
import { CliCommands } from "../../src/node-api/cli/cli-commands.js";
import type { CliSpec } from "../../src/requests/index.js";
import { startControl } from "../control/start-control.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { connectedCaller } from "../node-api/rpc/connected-caller.js";
import { runCommand } from "./run-in-process.js";

const spec: CliSpec = {
  version: 1,
  name: "pay-desk",
  about: "pays\u001b[2J things",
  subcommands: [
    {
      name: "pay",
      about: "pays one",
      args: [
        { name: "to", required: true },
        { name: "amount", long_name: "sat", short_name: "s", default: "21" },
        { name: "no-fee", takes_value: false, short_name: "h" },
        { name: "noFee" },
        { name: "constructor", default: null },
      ],
    },
    { name: "a:b_C-9", args: [] },
    { name: "help", args: [{ name: "json" }] },
  ],
};

/** A host whose one module answers each command with its own words, and ends as it is told. */
async function startHost(answer: (args: readonly string[]) => object = () => ({})) {
  const ran: unknown[] = [];
  const cli = new CliCommands({ loaded: () => [] });
  const { caller } = connectedCaller("pay-desk", {
    answer({ payload }) {
      ran.push(payload);
      const { args } = payload as { args: readonly string[] };
      return { stdout: "", stderr: "", exit_code: 0, ...answer(args) };
    },
  });
  cli.register(caller, spec);
  const control = await startControl({
    getmoduleclispecs: controlMethod(z.strictObject({ name: z.string().optional() }), ({ name }) =>
      name === undefined ? cli.specs() : { [name]: cli.specOf(name) },
    ),
    runmodulecli: controlMethod(
      z.strictObject({ name: z.string(), subcommand: z.string(), args: z.array(z.string()) }),
      ({ name, subcommand, args }) => cli.run(name, subcommand, args),
    ),
  });
  return {
    ran,
    run: (...words: string[]) => runCommand(["module", "--data-dir", control.dataDir, ...words]),
    dataDir: control.dataDir,
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}

describe("blvm-streams module", () => {
  it("hands the words of a command to the module by their long names", async () => {
    await using host = await startHost();
    const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
      [
        ["--to", "me"],
        ["--to", "me", "--sat", "21"],
      ],
      [
        ["--to=me", "-s", "-5"],
        ["--to", "me", "--sat", "-5"],
      ],
      [
        ["--to", "--help", "-h"],
        ["--to", "--help", "--sat", "21", "--no-fee"],
      ],
      [
        ["--noFee", "x", "--constructor", "y", "--to", ""],
        ["--to", "", "--sat", "21", "--noFee", "x", "--constructor", "y"],
      ],
    ];
    for (const [words, args] of cases) {
      expect(await host.run("pay-desk", "pay", ...words)).toEqual({ code: 0, stdout: "", stderr: "" });
      expect(host.ran.at(-1)).toEqual({ subcommand: "pay", args });
    }
    await host.run("pay-desk", "a:b_C-9");
    await host.run("pay-desk", "help", "--json", "mine");
    expect(host.ran.slice(-2)).toEqual([
      { subcommand: "a:b_C-9", args: [] },
      { subcommand: "help", args: ["--json", "mine"] },
    ]);
  });

  it("exits as the module does, and with 255 where no process can", async () => {
    for (const [exit_code, code] of [
      [0, 0],
      [1, 1],
      [255, 255],
      [256, 255],
      [-1, 255],
      [2 ** 31 - 1, 255],
      [-(2 ** 31), 255],
    ]) {
      await using host = await startHost(() => ({ exit_code }));
      expect((await host.run("pay-desk", "a:b_C-9")).code).toBe(code);
    }
  });

  it("prints what the module printed, as it is into a pipe and harmless on a terminal", async () => {
    const said = { stdout: "a\r\u001b]0;title\u0007\nb\tc", stderr: "\u202efdp.exe\n", exit_code: 4 };
    await using host = await startHost(() => said);
    expect(await host.run("pay-desk", "a:b_C-9")).toEqual({
      code: 4,
      stdout: said.stdout,
      stderr: said.stderr,
    });
    for (const words of [
      ["--json", "pay-desk", "a:b_C-9"],
      ["pay-desk", "a:b_C-9", "--json"],
    ]) {
      const { code, stdout, stderr } = await host.run(...words);
      expect([code, JSON.parse(stdout), stderr]).toEqual([4, said, ""]);
    }
    const shown = { stdout: "", stderr: "" };
    const terminal = (name: keyof typeof shown) =>
      Object.assign(
        new Writable({
          write(chunk, _encoding, done) {
            shown[name] += chunk;
            done();
          },
        }),
        { isTTY: true },
      );
    const output = { stdout: terminal("stdout"), stderr: terminal("stderr"), columns: 80 };
    await runCli(["module", "--data-dir", host.dataDir, "pay-desk", "a:b_C-9"], output);
    expect(shown).toEqual({
      stdout: "a\\x0d\\x1b]0;title\\x07\nb\tc",
      stderr: "\\u{202e}fdp.exe\n",
    });
  });

  it("helps with a module, with a command, and with who offers any", async () => {
    await using host = await startHost();
    const module = await host.run("pay-desk", "--help");
    expect([module.code, module.stderr]).toEqual([0, ""]);
    expect(module.stdout).toContain("pays\\x1b[2J things");
    expect(module.stdout).toMatch(/pay \[options\] +pays one/);
    const command = await host.run("pay-desk", "pay", "--help");
    expect(command.stdout).toMatch(/--to <to> +required/);
    expect(command.stdout).toMatch(/-s, --sat <amount> +\(default: 21\)/);
    expect(command.stdout).toMatch(/-h, --no-fee$/m);
    expect((await host.run("pay-desk")).stdout).toBe(module.stdout);
    expect((await host.run()).stdout).toMatch(/^pay-desk +pay a:b_C-9 help +pays\?\[2J things$/m);
    expect(JSON.parse((await host.run("--json")).stdout)).toEqual({ "pay-desk": spec });
    expect(host.ran).toEqual([]);
  });

  it("says what is wrong with a call and runs nothing", async () => {
    await using host = await startHost();
    const refusals: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["pay-dsk", "pay"], 1, /no module of that name is loaded, did you mean pay-desk\?/],
      [["pay-desk", "pya"], 1, /no command "pya", did you mean pay\?; it has pay, /],
      [["pay-desk", "\u001b[2J"], 1, /no command "\\\\x1b\[2J"; it has pay, /],
      [["pay-desk", "pay"], 2, /required option '--to <to>' not specified/],
      [["pay-desk", "pay", "--to"], 2, /argument missing/],
      [["pay-desk", "pay", "--to", "a", "--fee", "1"], 2, /unknown option '--fee'/],
      [["pay-desk", "pay", "--to", "a", "b"], 2, /too many arguments/],
    ];
    for (const [words, code, text] of refusals) {
      const result = await host.run(...words);
      expect([words, result.code, result.stdout]).toEqual([words, code, ""]);
      expect(result.stderr).toMatch(text);
    }
    const unknown = { module: "pay-desk", subcommand: "x", subcommands: [] };
    expect(cliErrors.CLI_UNKNOWN_SUBCOMMAND(unknown)).toMatchObject({ code: "CLI_UNKNOWN_SUBCOMMAND" });
    expect(host.ran).toEqual([]);
    await using empty = await tempDir();
    const absent = await runCommand(["module", "--data-dir", empty.path, "pay-desk", "pay"]);
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining("no host is running")]);
  });

  it("prints a module's own refusal and exits with 1", async () => {
    await using host = await startHost(() => {
      throw errorFromWire({ code: "BROKE", message: "no\u001b[8m money", retryable: false });
    });
    const { code, stdout, stderr } = await host.run("pay-desk", "pay", "--to", "me");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("module pay-desk refused command pay: no\u001b[8m money (BROKE)");
  });
});

describe("terminalText", () => {
  it("shows what steers a terminal and leaves all other text as it is", () => {
    expect(terminalText("plain ä 😀\n\tend")).toBe("plain ä 😀\n\tend");
    expect(terminalText("\u009b1m\u2028\u200d\ud800\u007f")).toBe("\\x9b1m\\u{2028}\\u{200d}\\u{d800}\\x7f");
  });
});
