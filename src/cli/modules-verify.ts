import { type Command, Option } from "commander";
import { loadConfig } from "../config.js";
import {
  binaryProblem,
  judgeSignatures,
  type MeasuredCode,
  measureModule,
  type SignatureReport,
  type SignerReport,
  type TrustList,
} from "../security/index.js";
import { type InstalledModule, readInstalledModule } from "./installed-module.js";
import { addMaintainerKey, parseThreshold } from "./maintainer-key.js";
import { type Output, print, printJson } from "./output.js";
import { printable, renderTable } from "./table.js";

interface VerifyOptions {
  readonly config?: string;
  readonly trust?: ReadonlyMap<string, string>;
  readonly threshold?: number;
  readonly requireSignatures?: boolean;
  readonly json?: boolean;
}

interface Findings {
  readonly module: InstalledModule;
  readonly code: MeasuredCode;
  readonly report: SignatureReport;
  readonly refusal: SignatureReport["refusal"];
}

/** `modules verify`: says whether a host would run a module, and who signed it. */
export function addModulesVerifyCommand(modules: Command, output: Output): void {
  modules
    .command("verify")
    .description("check a module's hash and signatures as a host does; no host is needed")
    .argument("<path>", "module.toml, or the module's folder")
    .option(
      "--config <file>",
      "take [modules.trust] from this file (default: ./blvm-streams.toml when it exists)",
    )
    .addOption(
      new Option("--trust <name=key>", "trust this maintainer instead; may be repeated")
        .argParser(addMaintainerKey)
        .conflicts("config"),
    )
    .addOption(
      new Option("--threshold <n>", "signatures needed, with --trust (default: 1)")
        .argParser(parseThreshold)
        .conflicts("config"),
    )
    .option("--require-signatures", "refuse an unsigned module; --trust implies it")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Exits with 0 when a host with that configuration would run the module, with 1 when it would refuse it.

Examples:
  blvm-streams modules verify my-module
  blvm-streams modules verify my-module --trust alice=02ab… --trust bob=03cd… --threshold 2
  blvm-streams modules verify my-module --json | jq .signers`,
    )
    .action((path: string, options: VerifyOptions) => verify(path, options, output));
}

async function verify(path: string, options: VerifyOptions, output: Output): Promise<void> {
  const { trust, requireSignatures } = await rulesFor(options);
  const module = await readInstalledModule(path);
  const { manifest, directory, file } = module;
  const code = await measureModule(manifest, directory);
  const report = await judgeSignatures(manifest, code, { trust, requireSignatures, file });
  const refusal = binaryProblem(manifest, code) ?? report.refusal;
  const findings = { module, code, report, refusal };
  if (options.json) await printJson(output, asJson(findings));
  else await print(output, asText(findings, output.columns));
  if (refusal !== undefined) throw refusal;
}

async function rulesFor(options: VerifyOptions): Promise<{ trust: TrustList; requireSignatures: boolean }> {
  const { trust, threshold } = options;
  if (trust !== undefined) {
    return {
      trust: { threshold: threshold ?? 1, maintainers: Object.fromEntries(trust) },
      requireSignatures: true,
    };
  }
  const { modules } = await loadConfig({ file: options.config, env: process.env });
  return {
    trust: { ...modules.trust, threshold: threshold ?? modules.trust.threshold },
    requireSignatures: options.requireSignatures ?? modules.require_signatures,
  };
}

function asText({ module, code, report, refusal }: Findings, columns: number | undefined): string {
  const { manifest } = module;
  const lines = [
    `${manifest.name} ${manifest.version}, entry point ${manifest.entryPoint} (${code.kind})`,
    `sha256:${code.hash}, ${code.sizeBytes} bytes${manifest.binary === undefined ? ", not named in [binary]" : ""}`,
    `${report.got} valid signatures of trusted maintainers, ${report.required} needed`,
    ...(refusal === undefined ? report.warnings.map((warning) => `warning: ${warning}`) : []),
    `verdict: ${refusal === undefined ? "may run" : `refused, ${refusal.code}`}`,
  ];
  const table =
    report.signers.length === 0
      ? ""
      : renderTable(
          ["SIGNER", "TRUSTED", "PUBLIC KEY", "SIGNATURE"].map((title) => ({ title })),
          report.signers.map(signerRow),
          columns,
        );
  return `${table}${lines.map(printable).join("\n")}\n`;
}

function signerRow({ name, trustedAs, publicKey, verdict, problem }: SignerReport): string[] {
  const trusted = trustedAs === undefined ? "no" : trustedAs === name ? "yes" : `as ${trustedAs}`;
  return [name, trusted, publicKey, problem === undefined ? verdict : `${verdict}: ${problem}`];
}

function asJson({ module, code, report, refusal }: Findings): object {
  const { manifest } = module;
  return {
    name: manifest.name,
    version: manifest.version,
    entry_point: manifest.entryPoint,
    kind: code.kind,
    hash: `sha256:${code.hash}`,
    size_bytes: code.sizeBytes,
    binary: manifest.binary === undefined ? null : binaryProblem(manifest, code) === undefined,
    signers: report.signers.map(({ name, publicKey, trustedAs, verdict, problem }) => ({
      name,
      public_key: publicKey,
      trusted_as: trustedAs ?? null,
      signature: verdict,
      problem: problem ?? null,
    })),
    required: report.required,
    got: report.got,
    verdict: refusal === undefined ? "may run" : "refused",
    refusal: refusal === undefined ? null : { code: refusal.code, message: refusal.message },
    warnings: refusal === undefined ? report.warnings : [],
  };
}
