import type { Command } from "commander";
import { measureModule, readSigningKey, signManifest } from "../security/index.js";
import { readInstalledModule } from "./installed-module.js";
import { addMaintainerKey, parseThreshold } from "./maintainer-key.js";
import { type Output, print, printJson } from "./output.js";
import { replaceFile } from "./replace-file.js";
import { printable } from "./table.js";

interface SignOptions {
  readonly key: string;
  readonly name: string;
  readonly threshold?: number;
  readonly with?: ReadonlyMap<string, string>;
  readonly json?: boolean;
}

/** `modules sign`: writes hash, size and a signature into a module's manifest. */
export function addModulesSignCommand(modules: Command, output: Output): void {
  modules
    .command("sign")
    .description("sign a module: write hash, size and signature into its module.toml; no host is needed")
    .argument("<path>", "module.toml, or the module's folder")
    .requiredOption("--key <file>", "private key, from modules keygen")
    .requiredOption("--name <maintainer>", "your name in the manifest")
    .option(
      "--threshold <n>",
      "signatures that the module needs (default: as the manifest says, or 1)",
      parseThreshold,
    )
    .option(
      "--with <name=key>",
      "public key of a maintainer who signs after you; may be repeated",
      addMaintainerKey,
    )
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Signed is what the entry point names, one self-contained file or a directory with an index.js, together with name,
version, capabilities, dependencies and threshold. Only [binary] and [signatures] of module.toml are changed.
Whatever changes afterwards makes all signatures worthless. That includes the number of maintainers: name those who
sign after you with --with, and each signs with the same command.

Examples:
  blvm-streams modules sign my-module --key alice.key --name alice
  blvm-streams modules sign my-module --key alice.key --name alice --threshold 2 --with bob=02ab…`,
    )
    .action((path: string, options: SignOptions) => sign(path, options, output));
}

async function sign(path: string, options: SignOptions, output: Output): Promise<void> {
  const key = await readSigningKey(options.key);
  const { file, directory, text, manifest } = await readInstalledModule(path);
  const code = await measureModule(manifest, directory);
  const { name, threshold: required, with: others = new Map<string, string>() } = options;
  const signed = signManifest({ text, file, code, name, key, required, others });
  await replaceFile(file, signed.text);

  const { threshold, signers, outdated } = signed;
  const pending = signers.filter(({ hasSigned }) => !hasSigned).map((signer) => signer.name);
  if (options.json) {
    await printJson(output, {
      file,
      hash: `sha256:${code.hash}`,
      size_bytes: code.sizeBytes,
      threshold: `${threshold.required}-of-${threshold.total}`,
      signed: signers.filter(({ hasSigned }) => hasSigned).map((signer) => signer.name),
      pending,
      outdated,
    });
    return;
  }
  const lines = [
    `${manifest.name} ${manifest.version}: ${code.sizeBytes} bytes, sha256:${code.hash}`,
    `signed by ${signers.length - pending.length} of ${threshold.total}, ${threshold.required} needed`,
    ...outdated.map((each) => `the signature of ${each} no longer fitted and was taken out`),
    ...pending.map((each) => `${each} has yet to sign`),
  ];
  await print(output, `${lines.map(printable).join("\n")}\n`);
}
