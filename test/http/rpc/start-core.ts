import type { ChainQueries } from "../../../src/chain/index.js";
import { chainDecoding } from "../../../src/host/chain-decoding.js";
import { coreMethods, type RpcMethods } from "../../../src/http/index.js";
import { createRpcDispatcher } from "../../../src/http/rpc/rpc-dispatcher.js";
import { moduleNameProblem } from "../../../src/manifest/index.js";
import type { ChainView } from "../../../src/node-api/index.js";
import { RpcOffers } from "../../../src/node-api/rpc/rpc-offers.js";
import { supervisorErrors } from "../../../src/supervisor/index.js";
import { recordingLog } from "../../kit/process-recording-log.js";

export interface CoreStart {
  readonly queries?: Partial<ChainQueries>;
  readonly tip?: ReturnType<ChainView["tip"]>;
  readonly chainInfo?: ReturnType<ChainView["chainInfo"]>;
}

const counts = {
  matched: 3,
  delivered: 2,
  dropped_full: 1,
  failed_closed: 0,
  fate_unknown: 0,
  failed_serialization: 0,
  filtered: 0,
  filter_failures: 0,
  waiting: 0,
  in_flight: 0,
  successful: 2,
  failed: 0,
  channel_full: 1,
};
export const exampleStats = { ...counts, acks: true, by_type: { NewBlock: counts } };

/** The node's own methods over a host that only notes what it is told to do, and what modules offer beside them. */
export function startCore({ queries = {}, tip, chainInfo }: CoreStart = {}) {
  const effects: string[] = [];
  const note = async (...words: readonly unknown[]) => void effects.push(words.join(" "));
  const offers = new RpcOffers();
  const log = recordingLog();
  const requireOne = (name: string) => {
    if (name !== "one") throw supervisorErrors.NO_STATS({ name, known: ["one"] });
  };
  const methods: RpcMethods = coreMethods({
    modules: {
      loadModule: (name) => note("load", name),
      unloadModule: (name) => note("unload", name),
      reloadModule: (name) => note("reload", name),
      loadedNames: () => ["one"],
      nameProblem: moduleNameProblem,
    },
    delivery: {
      statsOf(name) {
        requireOne(name);
        return exampleStats;
      },
      allStats: () => ({ one: exampleStats }),
      reset(name) {
        requireOne(name);
        effects.push(`reset ${name}`);
      },
      subscribersOf: (type) => ["two", "one", type],
      explain: async (module, seq) => ({ module, seq, fate: "not_published", text: "No such event." }),
    },
    audit: {
      entries: (limit, module) => [
        { timestamp_ms: limit, module_id: module ?? "all", request: "GetBlock", allowed: true },
      ],
    },
    sandbox: { requireReport: () => ({ mode: "auto", platform: "linux x64", user: null, layers: [] }) },
    cli: {
      specs: () => ({ one: { version: 1, name: "one", subcommands: [] } }),
      async run(name, subcommand, args) {
        effects.push(`run ${JSON.stringify([name, subcommand, args])}`);
        return { stdout: "out", stderr: "err", exit_code: 3 };
      },
    },
    chain: { name: "scripted", tip: () => tip, chainInfo: () => chainInfo, queries },
    decoding: chainDecoding,
    offered: offers,
    stop: () => {},
  });
  const dispatch = createRpcDispatcher({ methods, offered: offers, log });
  return {
    methods,
    offers,
    effects,
    log,
    /** What a body with one call of this method is answered. */
    async call(method: string, params?: unknown, signal = new AbortController().signal) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const text = await dispatch(Buffer.from(body), signal);
      return text === undefined ? undefined : JSON.parse(text);
    },
  };
}
