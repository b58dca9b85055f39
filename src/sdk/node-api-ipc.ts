import { z } from "zod";
import type { EventPayload, EventType } from "../events/index.js";
import type { ModuleClient, RequestOptions } from "./module-client.js";

const hash32 = z.string().regex(/^[0-9a-f]{64}$/);
const chainInfo = z.object({
  tip_hash: hash32,
  height: z.int().min(0),
  difficulty: z.number(),
  chain_work: hash32,
  is_synced: z.boolean(),
});
/** The best chain as the host's chain source sees it; `chain_work` is 64 hex characters. */
export type ChainInfo = z.output<typeof chainInfo>;

const moduleInfo = z.object({
  module_id: z.string(),
  module_name: z.string(),
  version: z.string(),
  capabilities: z.array(z.string()),
  status: z.union([z.string(), z.record(z.string(), z.string())]),
  api_version: z.int(),
});
/** One module of the host; `status` is a state's name, or `{ Error: reason }`. */
export type ModuleInfo = z.output<typeof moduleInfo>;

/**
 * The node's API over a module's connection, one typed method per request. Calls run concurrently.
 * Every call may reject with PERMISSION_DENIED, RATE_LIMITED, TOO_MANY_REQUESTS, DEADLINE or CONNECTION_CLOSED.
 *
 * @see requests.yaml
 */
export class NodeApiIpc {
  readonly #client: Pick<ModuleClient, "request">;

  constructor(client: Pick<ModuleClient, "request">) {
    this.#client = client;
  }

  /** Adds types to the subscription set; twice changes nothing. Resolves before the first event of them is dispatched. */
  async subscribeEvents(types: readonly EventType[], options?: RequestOptions): Promise<void> {
    await this.#client.request("SubscribeEvents", { event_types: types }, options);
  }

  /** Removes types from the subscription set; what was queued before is still delivered. */
  async unsubscribeEvents(types: readonly EventType[], options?: RequestOptions): Promise<void> {
    await this.#client.request("UnsubscribeEvents", { event_types: types }, options);
  }

  /** Publishes an event of a type that modules own, under the module's name. Needs `publish_events`. */
  async publishEvent<T extends EventType>(
    type: T,
    payload: EventPayload<T>,
    options?: RequestOptions,
  ): Promise<void> {
    await this.#client.request("PublishEvent", { event_type: type, payload }, options);
  }

  /** Hash of the best block, 64 hex characters. Rejects with NOT_AVAILABLE before the source has one. */
  async getChainTip(options?: RequestOptions): Promise<string> {
    return hash32.parse(await this.#client.request("GetChainTip", {}, options));
  }

  /** Height of the best block. Rejects with NOT_AVAILABLE before the source has one. */
  async getBlockHeight(options?: RequestOptions): Promise<number> {
    return z.int().parse(await this.#client.request("GetBlockHeight", {}, options));
  }

  async getChainInfo(options?: RequestOptions): Promise<ChainInfo> {
    return chainInfo.parse(await this.#client.request("GetChainInfo", {}, options));
  }

  /** The modules that are loaded, the caller included, in load order. Needs `discover_modules`. */
  async discoverModules(options?: RequestOptions): Promise<ModuleInfo[]> {
    return z.array(moduleInfo).parse(await this.#client.request("DiscoverModules", {}, options));
  }
}
