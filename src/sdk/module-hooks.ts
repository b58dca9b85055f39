import { z } from "zod";
import { errorCode } from "../errors.js";
import type { MempoolSize } from "../requests/index.js";
import { sdkErrors } from "./errors.js";
import type { NodeApiIpc } from "./node-api-ipc.js";
import { type Registrar, renew } from "./renew.js";

/** The questions that a module may answer in the node's stead: what each is given and what it answers. */
export interface HookQuestions {
  /** A fee rate in sat/vB; 100 ms. */
  readonly get_fee_estimate_cached: {
    readonly args: { readonly target_blocks: number };
    readonly answer: number;
  };
  /** 50 ms. */
  readonly get_mempool_stats_cached: { readonly args: object; readonly answer: MempoolSize };
}

export type HookName = keyof HookQuestions;

/** Undefined lets the next module, or the node, answer; so does what it throws, which is also logged and counted. */
export type HookHandler<Hook extends HookName> = (
  args: HookQuestions[Hook]["args"],
) => HookQuestions[Hook]["answer"] | undefined | Promise<HookQuestions[Hook]["answer"] | undefined>;

const invocation = z.object({ hook: z.string(), args: z.unknown() });

export type ModuleHooksApi = Pick<NodeApiIpc, "registerHook" | "unregisterHook">;

/** A module's hooks over all its connections. One handler for each hook; a second one takes its place. */
export class ModuleHooks {
  readonly #api: ModuleHooksApi;
  readonly #onError: (error: unknown) => void;
  readonly #handlers = new Map<string, (args: never) => unknown>();

  constructor(api: ModuleHooksApi, onError: (error: unknown) => void) {
    this.#api = api;
    this.#onError = onError;
  }

  /** Resolves, when the node has it, with a function that takes it back. */
  async add<Hook extends HookName>(hook: Hook, handler: HookHandler<Hook>): Promise<() => Promise<void>> {
    const before = this.#handlers.get(hook);
    // First, so that a question that comes in one breath with the answer finds it.
    this.#handlers.set(hook, handler);
    try {
      await this.#api.registerHook(hook);
    } catch (error) {
      if (this.#handlers.get(hook) !== handler) throw error;
      if (before === undefined) this.#handlers.delete(hook);
      else this.#handlers.set(hook, before);
      throw error;
    }
    return async () => {
      if (this.#handlers.get(hook) !== handler) return;
      this.#handlers.delete(hook);
      try {
        await this.#api.unregisterHook(hook);
      } catch (error) {
        // It went with its connection.
        if (errorCode(error) !== "CONNECTION_CLOSED") throw error;
      }
    };
  }

  /** Serves `hook` invocations. */
  async serve(payload: unknown): Promise<unknown> {
    const { hook, args } = invocation.parse(payload);
    const handler = this.#handlers.get(hook);
    if (handler === undefined) throw sdkErrors.NOT_SUPPORTED({ invocation: `hook ${hook.slice(0, 64)}` });
    try {
      return (await handler(args as never)) ?? null;
    } catch (error) {
      this.#onError(error);
      throw error;
    }
  }

  /** Registers everything anew on a new connection. @throws what the first failing registration was refused with */
  async renew(registrar: Registrar): Promise<void> {
    for (const hook of [...this.#handlers.keys()] as HookName[]) {
      await renew(async () => {
        // One that was taken back meanwhile would be asked for nothing.
        if (this.#handlers.has(hook)) await this.#api.registerHook(hook);
      }, registrar);
    }
  }
}
