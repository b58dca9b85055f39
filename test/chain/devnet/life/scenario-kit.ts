import { VirtualTimeScheduler } from "rxjs";
import { parseScenario } from "../../../../src/chain/devnet/life/parse-scenario.js";
import { runScenario, type ScenarioPlace } from "../../../../src/chain/devnet/life/run-scenario.js";
import { silentLogger } from "../../../../src/log.js";
import { pretendDevnet } from "../../../kit/pretend-devnet.js";

/** Plays steps on a pretended devnet, on virtual time. */
export async function played(steps: string, { signal = new AbortController().signal } = {}) {
  const scheduler = new VirtualTimeScheduler();
  const devnet = pretendDevnet(() => scheduler.frame / 1000);
  const places: ScenarioPlace[] = [];
  const deps = { actions: devnet, peers: devnet.book, scheduler, log: silentLogger };
  const scenario = parseScenario(`version: 1\nsteps:\n${steps}`, "it.yaml");
  const running = runScenario(deps, scenario, { signal, onStep: (place) => places.push(place) });
  const outcome = running.then(
    () => undefined,
    (error: unknown) => error,
  );
  scheduler.flush();
  return { devnet, places, error: await outcome, lastMs: scheduler.frame, scheduler };
}
