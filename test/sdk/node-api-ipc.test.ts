import { describe, expect, expectTypeOf, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { type RequestName, requestDefinition, requestNames } from "../../src/requests/index.js";
import type { NodeApiIpc } from "../../src/sdk/index.js";
import { createNodeApiIpc } from "../../src/sdk/node-api-ipc.js";
import { requestExamples } from "../kit/request-examples.js";

function scripted(answer: unknown) {
  const calls: unknown[][] = [];
  const api = createNodeApiIpc({
    request: (...call) => {
      calls.push(call);
      return Promise.resolve(answer);
    },
  });
  return { api, calls };
}

const hash = "0f".repeat(32);

describe("NodeApiIpc", () => {
  it("sends each call as its request with the fields of the protocol", async () => {
    const options = { timeoutMs: 5 };
    const { api, calls } = scripted(null);
    await api.subscribeEvents(["NewBlock"], options);
    await api.unsubscribeEvents(["NewBlock"], options);
    await api.publishEvent("WebhookSent", exampleEvent("WebhookSent"), options);
    expect(calls).toEqual([
      ["SubscribeEvents", { event_types: ["NewBlock"] }, options],
      ["UnsubscribeEvents", { event_types: ["NewBlock"] }, options],
      ["PublishEvent", { event_type: "WebhookSent", payload: exampleEvent("WebhookSent") }, options],
    ]);
  });

  it("reads the answers to queries", async () => {
    expect(await scripted(hash).api.getChainTip()).toBe(hash);
    expect(await scripted(840_000).api.getBlockHeight()).toBe(840_000);
    const info = { tip_hash: hash, height: 1, difficulty: 1.5, chain_work: hash, is_synced: true };
    expect(await scripted({ ...info, later: "field" }).api.getChainInfo()).toEqual(info);
    const running = {
      module_name: "a",
      module_id: "a_1",
      version: "1.0.0",
      capabilities: [],
      api_version: 1,
    };
    const modules = [
      { ...running, status: "Running" },
      { ...running, status: { Error: "it crashed" } },
    ];
    expect(await scripted(modules).api.discoverModules()).toEqual(modules);
  });

  it("rejects an answer that is not what the protocol says", async () => {
    await expect(scripted("0xff").api.getChainTip()).rejects.toThrow();
    await expect(scripted("7").api.getBlockHeight()).rejects.toThrow();
    await expect(scripted({}).api.getChainInfo()).rejects.toThrow();
    await expect(scripted(null).api.discoverModules()).rejects.toThrow();
  });
});

/** The arguments that make a request's example, in the order of its method. */
const argumentsOf: Partial<Record<RequestName, readonly unknown[]>> = {
  CallModule: [undefined, "echo", Uint8Array.of(1, 2, 3)],
  StorageIterate: ["tree", { limit: 10 }],
};

/** The optional arguments of each method that has some, beside what its example gives. */
const withOptionals: readonly [RequestName, readonly unknown[], Readonly<Record<string, unknown>>][] = [
  [
    "CallModule",
    ["other", "echo", Uint8Array.of(1), { timeout_ms: 50, within_call: 7 }],
    { target_module_id: "other", timeout_ms: 50, within_call: 7 },
  ],
  ["BanPeer", ["192.0.2.1:8333", undefined], { peer_addr: "192.0.2.1:8333" }],
  [
    "StorageIterate",
    ["tree", { limit: 5, after: Uint8Array.of(1), prefix: Uint8Array.of(2) }],
    { limit: 5, after: Uint8Array.of(1), prefix: Uint8Array.of(2) },
  ],
];

function methodOf(api: NodeApiIpc, name: RequestName): (...args: unknown[]) => Promise<unknown> {
  const method = name.charAt(0).toLowerCase() + name.slice(1);
  return (api as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[method] as never;
}

function exampleArguments(name: RequestName): readonly unknown[] {
  return argumentsOf[name] ?? Object.values(requestExamples[name]);
}

/** What a call sent; what it does with the scripted answer is no matter. */
async function sentBy(name: RequestName, args: readonly unknown[]): Promise<readonly unknown[] | undefined> {
  const { api, calls } = scripted(null);
  await methodOf(api, name)(...args).catch(() => {});
  expect(calls).toHaveLength(1);
  return calls[0];
}

describe("the client's method of every request", () => {
  it("exists, and there is no other", () => {
    const { api } = scripted(null);
    const names = requestNames.map((name) => name.charAt(0).toLowerCase() + name.slice(1));
    expect(Object.keys(api).toSorted()).toEqual(names.toSorted());
  });

  it.each(requestNames)(
    "sends %s with the payload that the host reads, and hands on its options",
    async (name) => {
      const { length } = requestDefinition(name).call;
      const args = exampleArguments(name);
      const padded = [...args, ...Array.from({ length: Math.max(0, length - args.length) }, () => undefined)];
      const options = { timeoutMs: 5, signal: new AbortController().signal };
      const sent = await sentBy(name, [...padded, options]);
      expect(sent).toEqual([name, requestExamples[name], options]);
      expect(sent?.[2]).toBe(options);
      expect(requestDefinition(name).input().safeParse(sent?.[1]).success).toBe(true);
    },
  );

  it.each(requestNames)("leaves what was not given out of %s", async (name) => {
    const [, payload, options] = (await sentBy(name, exampleArguments(name))) ?? [];
    expect(options).toBeUndefined();
    expect(Object.values(payload as object)).not.toContain(undefined);
    expect(payload).toEqual(requestExamples[name]);
  });

  it.each(withOptionals)(
    "sends the optional fields of %s where they are given",
    async (name, args, fields) => {
      const [, payload] = (await sentBy(name, args)) ?? [];
      expect(payload).toMatchObject(fields);
      expect(Object.keys(payload as object)).toEqual(expect.arrayContaining(Object.keys(fields)));
      expect(Object.values(payload as object)).not.toContain(undefined);
      expect(requestDefinition(name).input().safeParse(payload).success).toBe(true);
    },
  );

  it.each(requestNames)("rejects an answer to %s that is not what the protocol says", async (name) => {
    const { api } = scripted(() => "no value of the protocol");
    await expect(methodOf(api, name)(...exampleArguments(name))).rejects.toThrow();
  });
});

/** Only looked at by the type checker. */
function typeCheck(check: (api: NodeApiIpc) => unknown): void {
  expectTypeOf(check).toBeFunction();
}

describe("the types of NodeApiIpc", () => {
  it("give each query its answer", () => {
    expectTypeOf<NodeApiIpc["getBlockHeight"]>().returns.resolves.toEqualTypeOf<number>();
    expectTypeOf<NodeApiIpc["getChainTip"]>().returns.resolves.toEqualTypeOf<string>();
    expectTypeOf<NodeApiIpc["getRawBlock"]>().returns.resolves.toEqualTypeOf<Uint8Array | undefined>();
    expectTypeOf<NodeApiIpc["hasTransaction"]>().returns.resolves.toEqualTypeOf<boolean>();
    expectTypeOf<NodeApiIpc["getMempoolTransactions"]>().returns.resolves.toEqualTypeOf<string[]>();
    expectTypeOf<NodeApiIpc["storageGet"]>().returns.resolves.toEqualTypeOf<Uint8Array | undefined>();
    expectTypeOf<NodeApiIpc["storageIterate"]>().returns.resolves.toEqualTypeOf<[Uint8Array, Uint8Array][]>();
    expectTypeOf<NodeApiIpc["subscribeEvents"]>().returns.resolves.toEqualTypeOf<undefined>();
    expectTypeOf<NodeApiIpc["registerTimer"]>().returns.resolves.toEqualTypeOf<number>();
    typeCheck(async (api) => {
      const peers = await api.getNetworkPeers();
      expectTypeOf(peers[0]?.services).toEqualTypeOf<bigint | undefined>();
      const block = await api.getBlock("0f");
      expectTypeOf(block?.transactions[0]?.outputs[0]?.value).toEqualTypeOf<number | undefined>();
      const health = await api.getModuleHealth("a");
      if (typeof health === "object" && "Degraded" in health) expectTypeOf(health.Degraded).toBeString();
    });
  });

  it("take the arguments of the request and then the options", () => {
    expectTypeOf<NodeApiIpc["getBlock"]>().parameter(0).toBeString();
    expectTypeOf<NodeApiIpc["storagePut"]>().parameter(2).toEqualTypeOf<Uint8Array>();
    typeCheck((api) => api.getBlock("0f", { timeoutMs: 5, signal: new AbortController().signal }));
    typeCheck((api) => api.publishEvent("WebhookSent", exampleEvent("WebhookSent"), { timeoutMs: 5 }));
    // @ts-expect-error: a hash is a text
    typeCheck((api) => api.getBlock(5));
    // @ts-expect-error: the key is missing
    typeCheck((api) => api.storageGet("tree"));
    // @ts-expect-error: no such option
    typeCheck((api) => api.getBlockHeight({ timeout: 5 }));
    // @ts-expect-error: no such request
    typeCheck((api) => api.getBlok("0f"));
    // @ts-expect-error: no such event
    typeCheck((api) => api.subscribeEvents(["NewBlok"]));
    // @ts-expect-error: the payload of another event
    typeCheck((api) => api.publishEvent("PaymentSettled", { height: 1 }));
    // @ts-expect-error: no such hook
    typeCheck((api) => api.registerHook("get_weather"));
  });
});
