import type { ChainQueries } from "../../src/chain/index.js";
import type { EngineError } from "../../src/errors.js";
import { capabilities } from "../../src/manifest/index.js";
import type { NodeApiDependencies } from "../../src/node-api/index.js";
import type { RequestName } from "../../src/requests/index.js";
import { ScriptedSource } from "../kit/scripted-source.js";
import { askAndWait } from "./start-api.js";

const everything = capabilities.map(({ name }) => name);

/** What a module with every capability gets of a chain source: the scripted one with other members. */
export async function askChain(
  name: RequestName,
  payload: unknown,
  queries: Partial<ChainQueries> = {},
  deps: Partial<NodeApiDependencies> = {},
) {
  const effects: string[] = [];
  const source = ScriptedSource.played((effect) => effects.push(effect));
  const chain = {
    name: "scripted",
    tip: () => source.tip(),
    chainInfo: () => source.chainInfo(),
    queries: { ...source.queries, ...queries },
  };
  const before = source.stateHash();
  const served = await askAndWait(name, payload, { capabilities: everything, deps: { chain, ...deps } });
  return { ...served, effects, source, hasChanged: source.stateHash() !== before };
}

/** The answer of a request that must have one. */
export async function answerOf(...asked: Parameters<typeof askChain>): Promise<unknown> {
  const { answers, refusals } = await askChain(...asked);
  if (answers.length !== 1) throw new Error(`expected an answer, got ${refusals[0]?.message}`);
  return answers[0];
}

/** The refusal of a request that must have changed nothing. */
export async function refusedOf(...asked: Parameters<typeof askChain>): Promise<EngineError> {
  const { refusals, answers, effects, hasChanged } = await askChain(...asked);
  const [refusal] = refusals;
  if (refusal === undefined || effects.length > 0 || hasChanged) {
    throw new Error(`expected a refusal without effect, got ${JSON.stringify({ answers, effects })}`);
  }
  return refusal;
}
