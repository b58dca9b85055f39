import { silentLogger } from "../../src/log.js";
import { Sandbox, type SandboxReport, type SandboxSettings } from "../../src/sandbox/index.js";

/** How one opening of a sandbox ended. */
export interface CanaryOutcome {
  readonly report?: SandboxReport;
  /** Why it was not opened, or a strict module is not admitted. */
  readonly code?: string;
  readonly message?: string;
  readonly openMs: number;
}

const AT_ONCE = 4;

/** Opens a sandbox for each of the settings, some at once, and prints how each ended. */
const scenarios = JSON.parse(process.argv[2] ?? "[]") as SandboxSettings[];
const outcomes: CanaryOutcome[] = [];
const waiting = scenarios.entries();
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (const [place, settings] of waiting) outcomes[place] = await outcomeOf(settings);
  }),
);
process.stdout.write(JSON.stringify(outcomes));

async function outcomeOf(settings: SandboxSettings): Promise<CanaryOutcome> {
  const startedMs = performance.now();
  try {
    const sandbox = await Sandbox.open({ log: silentLogger }, settings);
    const openMs = performance.now() - startedMs;
    const refusal = refusalOf(() => sandbox.admit("probe", "strict"));
    await sandbox.close();
    return { report: sandbox.report, ...refusal, openMs };
  } catch (error) {
    return { ...describe(error), openMs: performance.now() - startedMs };
  }
}

function refusalOf(act: () => void) {
  try {
    act();
    return {};
  } catch (error) {
    return describe(error);
  }
}

function describe(error: unknown) {
  const code = error instanceof Error && "code" in error ? String(error.code) : "none";
  return { code, message: error instanceof Error ? error.message : String(error) };
}
