import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCommand } from "./run-in-process.js";

const commands = [
  [],
  ["up"],
  ["tap"],
  ["record"],
  ["recording", "show"],
  ["stats"],
  ["doctor"],
  ["modules", "list"],
  ["modules", "show"],
  ["modules", "load"],
  ["modules", "unload"],
  ["modules", "reload"],
  ["modules", "attach"],
  ["modules", "keygen"],
  ["modules", "sign"],
  ["modules", "verify"],
  ["marbles"],
  ["streams", "lint"],
  ["streams", "test"],
  ["streams", "run"],
  ["streams", "graph"],
  ["streams", "eval"],
  ["streams", "schema"],
  ["events", "list"],
  ["events", "show"],
];

describe("blvm-streams", () => {
  it("explains every command with examples on --help", async () => {
    for (const command of commands) {
      const { code, stdout, stderr } = await runCommand([...command, "--help"]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("Examples:");
      expect(stdout).toContain(`blvm-streams ${command.join(" ")}`.trim());
    }
  });

  it("prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await runCommand(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("exits with 2 and says so on stderr when it is called wrongly", async () => {
    const wrong = [
      [],
      ["modules"],
      ["nothing"],
      ["up", "surplus"],
      ["stats", "--jsn"],
      ["doctor", "surplus"],
      ["modules", "attach"],
      ["modules", "sign", "probe"],
      ["modules", "verify"],
      ["modules", "load"],
      ["modules", "unload", "a", "b"],
      ["modules", "reload", "--jsn", "a"],
      ["modules", "show"],
      ["events", "show"],
      ["record"],
      ["recording"],
      ["tap", "--count", "0"],
      ["tap", "--count", "2.5"],
      ["tap", "--config"],
    ];
    for (const args of wrong) {
      const { code, stdout, stderr } = await runCommand(args);
      expect([args, code, stdout]).toEqual([args, 2, ""]);
      expect(stderr).not.toBe("");
    }
  });

  it("exits with 1 when the configuration is wrong", async () => {
    const { code, stderr } = await runCommand(["stats", "--config", "absent.toml"]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^blvm-streams: configuration file .*absent\.toml/),
    ]);
  });
});
