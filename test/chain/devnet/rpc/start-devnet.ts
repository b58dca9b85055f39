import { createDevnetSource, type DevnetSource } from "../../../../src/chain/devnet/devnet-source.js";
import { type DevnetOptionsInput, devnetOptions } from "../../../../src/chain/devnet/options.js";
import { ownMethods } from "../../../../src/http/rpc/chain-control-methods.js";
import { createRpcDispatcher } from "../../../../src/http/rpc/rpc-dispatcher.js";
import { recordingLog } from "../../../kit/process-recording-log.js";
import { tempDir } from "../../../kit/process-temp-dir.js";

/** An error as the door of JSON-RPC tells it. */
export interface ToldError {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly code: string };
}

export interface TestDevnet extends AsyncDisposable {
  readonly source: DevnetSource;
  readonly dataDir: string;
  /** What the door would answer to one call. */
  call(
    method: string,
    ...params: unknown[]
  ): Promise<{ readonly result?: unknown; readonly error?: ToldError }>;
  /** The same with parameters by name. */
  named<Result = unknown>(method: string, params: object): Promise<Result>;
  /** The result of a call that must not fail. */
  ask<Result = unknown>(method: string, ...params: unknown[]): Promise<Result>;
  /** The number and Core's word of a call that must fail. */
  refusal(method: string, ...params: unknown[]): Promise<readonly [number, string]>;
}

/** A quiet devnet without peers, in memory, and the methods of JSON-RPC that it answers. */
export async function startDevnet(
  input: DevnetOptionsInput = {},
  time: Pick<Parameters<typeof createDevnetSource>[0], "scheduler" | "wallClockS"> = {},
): Promise<TestDevnet> {
  const dir = await tempDir();
  const log = recordingLog();
  const quiet = { persist: false, activity: false, peers: 0, initial_blocks: 0 };
  const options = devnetOptions.parse({ ...quiet, ...input });
  const source = createDevnetSource({ log, dataDir: dir.path, ...time }, options);
  await source.start();
  const dispatch = createRpcDispatcher({ methods: ownMethods(source), log });
  const signal = new AbortController().signal;
  const send = async (method: string, params: object) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    return JSON.parse((await dispatch(Buffer.from(body), signal)) ?? "{}");
  };
  const call: TestDevnet["call"] = (method, ...params) => send(method, params);
  return {
    source,
    dataDir: dir.path,
    call,
    async ask<Result>(method: string, ...params: unknown[]) {
      const { result, error } = await call(method, ...params);
      if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`);
      return result as Result;
    },
    async named(method, params) {
      const { result, error } = await send(method, params);
      if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`);
      return result;
    },
    async refusal(method, ...params) {
      const { error, result } = await call(method, ...params);
      if (error === undefined) throw new Error(`${method} answered ${JSON.stringify(result)}`);
      return [error.code, error.message];
    },
    async [Symbol.asyncDispose]() {
      await source.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}
