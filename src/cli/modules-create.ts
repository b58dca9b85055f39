import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { type Output, print } from "./output.js";

interface CreateOptions {
  readonly dir?: string;
}

/** `modules create`: writes a new module that builds, passes its tests and loads as it is. */
export function addModulesCreateCommand(modules: Command, output: Output): void {
  modules
    .command("create")
    .description("write a new module: manifest, configuration, program and tests; no host is needed")
    .argument("<name>", "name of the new module: 1 to 64 characters of a-z, 0-9 and -")
    .option("--dir <dir>", "folder of the new module (default: a new one of its name)")
    .addHelpText(
      "after",
      `
Examples:
  blvm-streams modules create my-module && blvm-streams modules run my-module --watch
  blvm-streams modules create my-module --dir modules/mine`,
    )
    .action((name: string, { dir }: CreateOptions) => create(name, dir ?? name, output));
}

async function create(name: string, directory: string, output: Output): Promise<void> {
  const { createModule } = await import("../scaffold/index.js");
  const created = await createModule({ directory, name });
  const shown = relative(resolve("."), created.directory) || ".";
  const link = created.linkedTo === undefined ? "" : `\nblvm-streams is linked from ${created.linkedTo}.\n`;
  await print(
    output,
    `Module ${name} is in ${shown}:
${created.files.map((file) => `  ${file}`).join("\n")}
${link}
Next:
  cd ${shown}
  npm install                        libraries for editor and tests
  blvm-streams modules run . --watch run it, and again at every save
  npm test
`,
  );
}
