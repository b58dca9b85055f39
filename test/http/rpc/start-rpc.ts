import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SchedulerLike } from "rxjs";
import { z } from "zod";
import { defineErrors } from "../../../src/errors.js";
import { type HttpOptionsInput, type RpcMethods, rpcMethod } from "../../../src/http/index.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { type AskOptions, ask, type Reply, startServer, type TestServer } from "../start-server.js";

const engineErrors = defineErrors({
  OUT_OF_STOCK: (d: { item: string }) => `no ${d.item} is left, one is needed; buy some`,
});

/** Methods that do what a door must cope with. */
export const exampleMethods: RpcMethods = {
  echo: rpcMethod({
    description: "returns what it is given",
    params: z.strictObject({ text: z.string().max(1000), times: z.int().min(0).max(10).optional() }),
    result: z.string(),
    run: ({ text, times = 1 }) => text.repeat(times),
  }),
  refuse: rpcMethod({
    description: "refuses",
    params: z.strictObject({ item: z.string() }),
    result: z.null(),
    run({ item }) {
      throw engineErrors.OUT_OF_STOCK({ item }, { retryable: true });
    },
  }),
  fail: rpcMethod({
    description: "has a fault of its own",
    params: z.strictObject({}),
    result: z.null(),
    run() {
      throw Object.assign(new Error("secret detail"), { code: "ENOENT" });
    },
  }),
};

export interface TestRpc extends AsyncDisposable {
  readonly server: TestServer;
  readonly dataDir: string;
  /** The Authorization header that opens the door; read from the cookie when there is no token. */
  authorization(): Promise<string>;
  /** One POST that is right in all that `options` leaves open. */
  post(body: string | Uint8Array, options?: AskOptions): Promise<Reply>;
  /** Posts a value and returns the answer's. */
  call(value: unknown): Promise<unknown>;
}

export interface RpcStart {
  readonly methods?: RpcMethods;
  readonly http?: HttpOptionsInput;
  readonly scheduler?: SchedulerLike;
}

/** A real HTTP server with JSON-RPC, in a data directory of its own. */
export async function startRpc({
  methods = exampleMethods,
  http = {},
  scheduler,
}: RpcStart = {}): Promise<TestRpc> {
  const dir = await tempDir();
  const server = await startServer(http, scheduler, { methods, dataDir: dir.path });
  const rpc: TestRpc = {
    server,
    dataDir: dir.path,
    async authorization() {
      if (http.rpc_token !== undefined) return `Bearer ${http.rpc_token}`;
      const cookie = await readFile(join(dir.path, ".cookie"));
      return `Basic ${cookie.toString("base64")}`;
    },
    async post(body, { method = "POST", headers = {} } = {}) {
      const usual = { authorization: await rpc.authorization(), "content-type": "application/json" };
      return ask(server.url, { method, headers: { ...usual, ...headers }, body });
    },
    async call(value) {
      const { status, text } = await rpc.post(JSON.stringify(value));
      if (status !== 200) throw new Error(`status ${status}: ${text}`);
      return JSON.parse(text);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await dir[Symbol.asyncDispose]();
    },
  };
  return rpc;
}
