import { overridableRpcMethods } from "../../manifest/index.js";
import type { TraceContext } from "../../trace-context.js";
import type { Caller } from "../dependencies.js";
import { nodeApiErrors } from "../errors.js";
import { askModule } from "./ask-module.js";
import { badName } from "./bad-name.js";
import { Claims } from "./claims.js";
import { isCoreRpcMethod } from "./core-names.js";
import { toJson } from "./json-value.js";
import { requireWireParams } from "./wire-params.js";

/** A JSON-RPC method that a module answers. */
export interface OfferedMethod {
  readonly name: string;
  readonly description: string;
  readonly moduleName: string;
  /**
   * Asks the module, for at most 30 s; the result is JSON-safe: bytes as hex, integers beyond 2^53 as decimal text.
   * @throws INVALID_PARAMS, MODULE_REFUSED, MODULE_TIMEOUT, MODULE_GONE, MODULE_BAD_RESULT, LIMIT, or the signal's reason
   */
  call(params: unknown, signal?: AbortSignal, trace?: TraceContext): Promise<unknown>;
}

/** What modules offer now, as whoever serves JSON-RPC sees it. */
export interface OfferedMethods {
  /** A method under a module's own prefix. */
  endpoint(name: string): OfferedMethod | undefined;
  /** Who answers a method of the node in its place. */
  override(name: string): OfferedMethod | undefined;
  /** The endpoints, in the order of their registration. */
  endpoints(): readonly OfferedMethod[];
}

const TIMEOUT_MS = 30_000;
const MAX_RESULT_BYTES = 1024 * 1024;
const MAX_ENDPOINTS = 100;

/**
 * The JSON-RPC methods that modules registered: at most 100 endpoints each, whose names begin with the module's prefix,
 * and the overrides that their manifests list. The first one to claim a name has it; what a connection registered goes
 * with it.
 */
export class RpcOffers implements OfferedMethods {
  readonly #endpoints = new Claims<OfferedMethod>({ what: "JSON-RPC method", maxPerModule: MAX_ENDPOINTS });
  readonly #overrides = new Claims<OfferedMethod>({
    what: "override of JSON-RPC method",
    maxPerModule: overridableRpcMethods.length,
  });

  endpoint(name: string): OfferedMethod | undefined {
    return this.#endpoints.get(name);
  }

  override(name: string): OfferedMethod | undefined {
    return this.#overrides.get(name);
  }

  endpoints(): readonly OfferedMethod[] {
    return this.#endpoints.all();
  }

  /** @throws NAME_TAKEN, BAD_NAME, LIMIT */
  registerEndpoint(caller: Caller, name: string, description: string): void {
    if (isCoreRpcMethod(name))
      throw nodeApiErrors.NAME_TAKEN({ what: "JSON-RPC method", name, holder: "the node" });
    const prefix = rpcPrefix(caller.moduleName);
    if (!name.startsWith(prefix) || !/^[a-z0-9_]+$/.test(name.slice(prefix.length))) {
      const allowed = `${prefix} and then at least one of a-z, 0-9 and _`;
      throw badName(caller.moduleName, "JSON-RPC method", name, allowed);
    }
    this.#endpoints.claim(caller, name, offer(caller, name, description));
  }

  /** @throws NOT_OWNER */
  unregisterEndpoint(caller: Caller, name: string): void {
    this.#endpoints.release(caller, name);
  }

  /** @throws BAD_NAME, NOT_DECLARED, NAME_TAKEN */
  registerOverride(caller: Caller, name: string, description: string): void {
    if (!overridableRpcMethods.includes(name)) {
      const allowed = overridableRpcMethods.join(" and ");
      throw badName(caller.moduleName, "override of JSON-RPC method", name, allowed);
    }
    const { rpcOverrides: declared } = caller;
    if (!declared.includes(name)) throw nodeApiErrors.NOT_DECLARED({ method: name, declared });
    this.#overrides.claim(caller, name, offer(caller, name, description));
  }

  /** @throws NOT_OWNER */
  unregisterOverride(caller: Caller, name: string): void {
    this.#overrides.release(caller, name);
  }
}

/** What the names of a module's own methods begin with. */
function rpcPrefix(moduleName: string): string {
  return `${moduleName.replaceAll("-", "_")}_`;
}

function offer(caller: Caller, name: string, description: string): OfferedMethod {
  const { moduleName } = caller;
  return {
    name,
    description,
    moduleName,
    async call(params, signal, trace) {
      requireWireParams(params);
      const call = `method ${name}`;
      const payload = { method: name, params: params ?? null };
      const asked = { kind: "rpc", call, name, payload, timeoutMs: TIMEOUT_MS, signal, trace } as const;
      const answer = await askModule(caller, asked);
      const json = toJson(answer, MAX_RESULT_BYTES);
      if ("value" in json) return json.value;
      const allowed = `JSON of at most ${MAX_RESULT_BYTES} bytes`;
      throw nodeApiErrors.MODULE_BAD_RESULT({ module: moduleName, call, problem: json.problem, allowed });
    },
  };
}
