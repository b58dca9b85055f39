import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { type Config, loadConfig, placeInConfig } from "../config.js";
import { errorMessage } from "../errors.js";
import { silentLogger } from "../log.js";
import { layerName, reportText, Sandbox, type SandboxMode, unmetLayers } from "../sandbox/index.js";
import { requireState } from "./doctor-state.js";
import { doctorFacts, layerRows } from "./doctor-text.js";
import { type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { renderTable } from "./table.js";

/** Layers that the mode asks for don't hold. */
const EXIT_UNMET = 3;

interface DoctorOptions extends HostOptions {
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** `doctor`: tries out which layers of the sandbox hold on this machine; needs no host. */
export function addDoctorCommand(program: Command, output: Output, exit: (code: number) => void): void {
  withHostOptions(program.command("doctor"))
    .description("try out which layers of the sandbox hold here, and say what to do about the others")
    .option("--strict", "judge as if sandbox.mode were strict")
    .option("--json", "print the report as one JSON object")
    .addHelpText(
      "after",
      `
Starts a module of its own as a host would and lets it try what modules may not do. A layer is enforced when all of that
was denied. Run it as the user whom the host runs as; a host that runs is not disturbed, and nothing stays.

Exit codes: 0 all layers hold, or sandbox.mode is auto and L0 identity and L1 code hold; 3 not so: in mode strict no module
would be started (L6 totals may hold in part), or a module's own mode is strict and asks for more than there is; 1 in no mode
but off would one be started, the host or the modules' user can't use data_dir or socket_dir, or the configuration is wrong;
2 called wrongly.

Examples:
  blvm-streams doctor
  blvm-streams doctor --strict && echo all layers hold
  blvm-streams doctor --json | jq -r '.layers[] | select(.status != "enforced") | .remedy'`,
    )
    .action(async (options: DoctorOptions) => {
      if (!(await examine(options, output))) exit(EXIT_UNMET);
    });
}

/**
 * @returns whether the machine has what the mode asks for
 * @throws SANDBOX_PATH_BLOCKED, DATA_DIR_UNUSABLE, SOCKET_DIR_UNUSABLE, once the report is printed: a host would not start
 */
async function examine(
  { config: file, dataDir, strict = false, json }: DoctorOptions,
  output: Output,
): Promise<boolean> {
  const config = await loadConfig({ file, dataDir, env: process.env });
  const mode = strict ? "strict" : config.sandbox.mode;
  // Beside a host's own folder, which may be another user's or in use.
  const folder = await mkdtemp(join(tmpdir(), "blvm-doctor-"));
  try {
    // Modules of a host that is root are another user's, who has to pass.
    if (process.getuid?.() === 0) await chmod(folder, 0o711);
    const settings = { ...config.sandbox, mode, privateDir: join(folder, "sandbox") };
    const sandbox = await Sandbox.open({ log: silentLogger }, settings);
    try {
      if (json) await printJson(output, sandbox.report);
      else await print(output, await describe(sandbox, config, mode, output.columns));
      await requireState(sandbox, config);
      return unmetLayers(sandbox.report, mode).length === 0 && refusedModules(sandbox, config).length === 0;
    } finally {
      await sandbox.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function describe(
  sandbox: Sandbox,
  config: Config,
  mode: SandboxMode,
  columns: number | undefined,
): Promise<string> {
  const titles = ["LAYER", "STATUS", "BY WHAT, OR WHY NOT"].map((title) => ({ title }));
  const { report } = sandbox;
  const facts = await doctorFacts(sandbox, config);
  const problem = await requireState(sandbox, config).then(() => undefined, errorMessage);
  const place = placeInConfig(config, ["sandbox", "mode"]);
  return [
    renderTable(titles, layerRows(report), columns),
    renderTable([{ title: "FACT" }, { title: "VALUE" }], facts, columns),
    `${reportText(report)}\n${verdict(mode, place, unmetLayers(report, mode).map(layerName), problem)}\n${strictText(sandbox, config)}`,
  ].join("\n");
}

/** Those whose own table asks for what this machine lacks. */
function refusedModules({ report }: Sandbox, { moduleSettings }: Config): readonly string[] {
  if (unmetLayers(report, "strict").length === 0) return [];
  return [...moduleSettings].flatMap(([name, { rules }]) => (rules.sandbox.mode === "strict" ? [name] : []));
}

function strictText(sandbox: Sandbox, config: Config): string {
  const refused = refusedModules(sandbox, config);
  if (refused.length === 0) return "";
  const names = unmetLayers(sandbox.report, "strict").map(layerName).join(", ");
  return `Modules whose own mode is strict are refused here, for want of ${names}: ${refused.join(", ")}.\n`;
}

function verdict(
  mode: SandboxMode,
  place: string,
  unmet: readonly string[],
  problem: string | undefined,
): string {
  if (mode === "off")
    return `The sandbox is off (sandbox.mode, ${place}): modules run with all the rights of the host. Set it to auto; what this machine could hold: blvm-streams doctor --strict`;
  if (problem !== undefined) return `A host does not start here: ${problem}.`;
  const names = unmet.join(", ");
  if (unmet.length > 0 && mode === "strict")
    return `A host in mode strict refuses to start modules here, for want of ${names}.`;
  if (unmet.length > 0)
    return `A host in mode auto starts modules here without ${names}, which every host should have.`;
  return `A host in mode ${mode} starts modules here.`;
}
