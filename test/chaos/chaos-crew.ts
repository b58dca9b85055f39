import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Host } from "../../src/host.js";
import type { Draw } from "./draw.js";
import { installScript } from "./install-script.js";
import { attachedLaunch, descriptorLaunch } from "./launch-module.js";
import { Member } from "./member.js";
import { numberedTypes } from "./numbered-events.js";

const SDK_MODULE = fileURLToPath(new URL("./sdk-module.mjs", import.meta.url));
const RAW_MODULE = fileURLToPath(new URL("./raw-module.mjs", import.meta.url));

interface Role {
  readonly name: string;
  readonly kind: "sdk" | "raw" | "attached";
  /** Keeps up with a publisher that waits for it. */
  readonly isSteady: boolean;
  readonly config?: Readonly<Record<string, number>>;
}

/** Who takes part: quick ones, slow readers, one with hardly any room, breakers of frames, clients of the path. */
function rolesOf(draw: Draw, eventsPerModule: number): Role[] {
  const breaker = (name: string): Role => ({
    name,
    kind: "raw",
    isSteady: false,
    config: { fault_every: Math.min(20_000, Math.round(eventsPerModule / 12)), seed: draw.between(0, 4) },
  });
  return [
    { name: "steady-1", kind: "sdk", isSteady: true },
    { name: "steady-2", kind: "sdk", isSteady: true },
    { name: "steady-3", kind: "sdk", isSteady: true },
    { name: "slow-often", kind: "sdk", isSteady: false, config: { pause_every: 40, pause_ms: 2 } },
    { name: "slow-seldom", kind: "sdk", isSteady: false, config: { pause_every: 3000, pause_ms: 150 } },
    { name: "narrow", kind: "sdk", isSteady: false },
    breaker("raw-1"),
    breaker("raw-2"),
    { name: "path-1", kind: "attached", isSteady: true },
    { name: "path-2", kind: "attached", isSteady: true },
  ];
}

/** Room for the module that has hardly any, the only one that differs from the defaults. */
export const crewSettings = { narrow: { delivery: { capacity: 5, window: 8 } } };

export async function crewOf(
  host: Host,
  folders: { readonly modulesDir: string; readonly dataDir: string },
  draw: Draw,
  eventsPerModule: number,
): Promise<Member[]> {
  const members: Member[] = [];
  for (const { name, kind, isSteady, config } of rolesOf(draw, eventsPerModule)) {
    const script = kind === "raw" ? RAW_MODULE : SDK_MODULE;
    await installScript(folders.modulesDir, name, script, { ...config, types: numberedTypes.join(",") });
    const launch = kind === "attached" ? attachedLaunch(host, name, script) : descriptorLaunch(host, name);
    members.push(
      new Member(host, {
        name,
        launch,
        isSteady,
        isBreaker: kind === "raw",
        dataDir: join(folders.dataDir, name),
      }),
    );
  }
  return members;
}
