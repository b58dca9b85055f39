import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCommand } from "./run-in-process.js";

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
/** Every command and group of commands, as the page that is made from their help has them. */
const documented = [...page("cli.md").matchAll(/^## (.+)$/gm)].map(([, title]) => title ?? "");
const groups = documented.filter((title) => documented.some((each) => each.startsWith(`${title} `)));
const commands = ["", ...documented.filter((title) => !groups.includes(title))].map((title) =>
  title === "" ? [] : title.split(" "),
);

describe("blvm-streams", () => {
  it("explains every command with examples on --help", async () => {
    for (const command of commands) {
      const { code, stdout, stderr } = await runCommand([...command, "--help"]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain("Examples:");
      expect(stdout).toContain(`blvm-streams ${command.join(" ")}`.trim());
    }
  });

  it("has every command and option that runbooks and the README tell an operator to give", async () => {
    expect(commands.length).toBeGreaterThan(35);
    const unknown: string[] = [];
    for (const text of ["alerts.md", "logs.md", "dashboards.md", "../README.md"].map(page)) {
      for (const [, line = ""] of text.matchAll(/(?:^|`|"|npx )blvm-streams ([a-z][^`\n#|")]*)/gm)) {
        const command = documented
          .filter((title) => `${line} `.startsWith(`${title} `))
          .sort((a, b) => b.length - a.length)[0];
        if (command === undefined) unknown.push(line);
        else {
          const { stdout } = await runCommand([...command.split(" "), "--help"]);
          const options = [...line.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option ?? "");
          unknown.push(...options.filter((option) => !stdout.includes(option)).map(() => line));
        }
      }
    }
    expect(unknown).toEqual([]);
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
