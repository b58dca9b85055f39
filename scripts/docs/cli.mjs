import { Writable } from "node:stream";
import { runCli } from "../../dist/cli/run-cli.js";

/** The help of a command, as a terminal of 100 columns shows it. */
async function helpOf(names) {
  let text = "";
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const code = await runCli([...names, "--help"], { stdout, stderr: stdout, columns: 100 });
  if (code !== 0) throw new Error(`blvm-streams ${names.join(" ")} --help ended with ${code}:\n${text}`);
  return text.trimEnd();
}

/** The names of the commands that a help text lists; `help` itself is none. */
function listedCommands(help) {
  const [, list = ""] = help.split(/^Commands:\n/m);
  const lines = list.split(/\n\n/)[0].split("\n");
  const names = lines.map((line) => /^ {2}([a-z-]+)(?: |$)/.exec(line)?.[1]);
  return names.filter((name) => name !== undefined && name !== "help");
}

async function* commands(names = []) {
  const help = await helpOf(names);
  yield { names, help };
  for (const name of listedCommands(help)) yield* commands([...names, name]);
}

export const page = {
  path: "docs/cli.md",
  source: "the commands of src/cli",
  async render() {
    const sections = [];
    for await (const { names, help } of commands()) {
      const title = names.length === 0 ? "# The command line" : `## ${names.join(" ")}`;
      sections.push(`${title}\n\n\`\`\`text\n${help}\n\`\`\``);
    }
    return sections.join("\n\n");
  },
};
