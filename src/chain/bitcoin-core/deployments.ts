import type { ChainEvent } from "../chain-source.js";
import { countIn, fieldsOf, textIn } from "./answer-field.js";
import type { RpcCaller } from "./rpc-caller.js";

interface Deployment {
  /** BIP9's words; a buried deployment is `active` or `defined`. */
  readonly status: string;
  /** Height of the first block under the new rules. */
  readonly activeAtBlocks: number | undefined;
  /** Height of the first block of the present state. */
  readonly sinceBlocks: number | undefined;
}

export interface DeploymentWatchDependencies {
  readonly rpc: RpcCaller;
  readonly emit: (event: ChainEvent) => void;
}

/**
 * Tells SoftForkLockedIn and SoftForkActivated when getdeploymentinfo shows a deployment in another state than before.
 * What the first look finds is known already. Once no deployment can change any more, the node isn't asked again.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0009.mediawiki
 */
export class DeploymentWatch {
  readonly #dependencies: DeploymentWatchDependencies;
  #known: ReadonlyMap<string, Deployment> | undefined;

  constructor(dependencies: DeploymentWatchDependencies) {
    this.#dependencies = dependencies;
  }

  async look(signal: AbortSignal): Promise<void> {
    const known = this.#known;
    if (known !== undefined && [...known.values()].every(isFinal)) return;
    const { rpc, emit } = this.#dependencies;
    const found = deploymentsOf(await rpc.call("getdeploymentinfo", [], { signal }));
    if (signal.aborted) return;
    this.#known = found;
    if (known === undefined) return;
    for (const [fork_name, deployment] of found) {
      for (const event of changeEvents(fork_name, known.get(fork_name), deployment)) emit(event);
    }
  }
}

function isFinal({ status }: Deployment): boolean {
  return status === "active" || status === "failed";
}

function changeEvents(fork_name: string, before: Deployment | undefined, now: Deployment): ChainEvent[] {
  if (before === undefined || before.status === now.status) return [];
  if (now.status === "locked_in" && now.sinceBlocks !== undefined)
    return [{ type: "SoftForkLockedIn", payload: { fork_name, height: now.sinceBlocks } }];
  const height = now.activeAtBlocks ?? now.sinceBlocks;
  return now.status === "active" && height !== undefined
    ? [{ type: "SoftForkActivated", payload: { fork_name, height } }]
    : [];
}

function deploymentsOf(answer: unknown): ReadonlyMap<string, Deployment> {
  const all = fieldsOf(fieldsOf(answer).deployments);
  return new Map(
    Object.entries(all).map(([name, one]) => {
      const fields = fieldsOf(one);
      const bip9 = fieldsOf(fields.bip9);
      const status = textIn(bip9, "status") ?? (fields.active === true ? "active" : "defined");
      const activeAtBlocks = countIn(fields, "height");
      return [name, { status, activeAtBlocks, sinceBlocks: countIn(bip9, "since") }];
    }),
  );
}
