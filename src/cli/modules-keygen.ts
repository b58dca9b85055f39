import type { Command } from "commander";
import { newSigningKey, writeSigningKey } from "../security/index.js";
import { type Output, print, printJson } from "./output.js";

interface KeygenOptions {
  readonly out: string;
  readonly json?: boolean;
}

/** `modules keygen`: makes a maintainer's key. */
export function addModulesKeygenCommand(modules: Command, output: Output): void {
  modules
    .command("keygen")
    .description("make a key to sign modules with; no host is needed")
    .option("--out <file>", "new file for the private key", "maintainer.key")
    .option("--json", "print { file, public_key } as JSON")
    .addHelpText(
      "after",
      `
Prints the public key: give it to the operators who trust you, for their [modules.trust].
The file is readable by you alone, and a file that exists is never overwritten. Keep a copy of it in a safe place.

Examples:
  blvm-streams modules keygen
  blvm-streams modules keygen --out ~/.config/alice.key`,
    )
    .action((options: KeygenOptions) => keygen(options, output));
}

async function keygen({ out, json }: KeygenOptions, output: Output): Promise<void> {
  const key = newSigningKey();
  await writeSigningKey(out, key);
  if (json) await printJson(output, { file: out, public_key: key.publicKey });
  else await print(output, `${key.publicKey}\n`);
}
