import {
  type Context,
  createTraceState,
  SpanKind,
  SpanStatusCode,
  type TraceState,
  trace,
} from "@opentelemetry/api";
import { SamplingDecision } from "@opentelemetry/sdk-trace-base";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Capability } from "../../src/manifest/index.js";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost, type TestHost } from "../../src/testing/index.js";
import { keepSpans } from "../kit/kept-spans.js";
import { recordingLog } from "../kit/process-recording-log.js";

const capabilities: readonly Capability[] = [
  "subscribe_events",
  "call_module",
  "register_module_api",
  "register_rpc_endpoint",
];
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const tracestate = "vendor=what it wants";

async function join(host: TestHost, name: string, setup: (module: ModuleIntegration) => unknown) {
  const module = await ModuleIntegration.connect(await host.door(name, { capabilities }));
  await setup(module);
  await module.subscribeEvents([]);
  await host.loaded(name);
  return module;
}

/** A shop that has a wallet pay, which has a ledger write, twice; each answers with the headers that it would send on. */
async function startShop(log = recordingLog()) {
  const host = await startTestHost({ log });
  const anything = z.unknown();
  const ledger = await join(host, "ledger", (module) =>
    module.onCall("write", anything, () => {
      module.log.info("written");
      return module.traceHeaders();
    }),
  );
  const wallet = await join(host, "wallet", (module) => {
    void module.onCall("pay", anything, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const [first, second] = await Promise.all([
        module.call("ledger", "write"),
        module.call(undefined, "write"),
      ]);
      return { wallet: module.traceHeaders(), first, second };
    });
    void module.onCall("refuse", anything, () => {
      throw Object.assign(new Error("no funds"), { code: "NO_FUNDS" });
    });
  });
  const shop = await join(host, "shop", async (module) => {
    await module.onRpc("shop_order", anything, () => module.call("wallet", "pay"));
    await module.onCli(
      { name: "shop", subcommands: [{ name: "order", args: [] }] },
      { order: async () => JSON.stringify(await module.call("wallet", "pay")) },
    );
  });
  const modules = [shop, wallet, ledger];
  return {
    host,
    shop,
    log,
    async [Symbol.asyncDispose]() {
      for (const module of modules) await module.close();
      await host.close();
    },
  };
}

const paid = ["call pay", ["module_call", ["serve pay", ...twice()]]] as const;

function twice() {
  const written = ["call write", ["module_call", ["serve write"]]] as const;
  return [written, written];
}

describe("a process with OpenTelemetry's own tracer", () => {
  it("has one tree of spans for a call, whatever it calls and however often", async () => {
    using kept = keepSpans();
    await using world = await startShop();
    await trace.getTracer("test").startActiveSpan("the test", async (span) => {
      await world.shop.call("wallet", "pay");
      span.end();
    });
    expect(kept.tree()).toEqual([["the test", paid]]);
    const spans = kept.spans();
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    const [call] = spans.filter(({ name }) => name === "call pay");
    const [serve] = spans.filter(({ name }) => name === "serve pay");
    expect([call?.kind, serve?.kind]).toEqual([SpanKind.CLIENT, SpanKind.SERVER]);
    const writes = spans.filter(
      ({ name, attributes }) => name === "module_call" && attributes["blvm.caller"] === "wallet",
    );
    expect(writes.map(({ attributes }) => attributes)).toEqual(
      [1, 2].map(() => ({
        "blvm.kind": "module_api",
        "blvm.caller": "wallet",
        "blvm.module": "ledger",
        "blvm.method": "write",
        "blvm.outcome": "ok",
      })),
    );
  });

  it("has the same tree where nobody keeps track of the active span", async () => {
    using kept = keepSpans({ hasContext: false });
    await using world = await startShop();
    await world.host.callRpc("shop_order");
    await world.host.runCli("shop", "order");
    const order = (name: string) => ["module_call", [`serve ${name}`, paid]];
    expect(kept.tree()).toEqual([order("order"), order("shop_order")]);
  });

  it("puts the spans that a handler makes below its own, and what these call below them", async () => {
    using kept = keepSpans();
    await using host = await startTestHost();
    await using _callee = await join(host, "callee", (module) => module.onCall("end", z.unknown(), () => 1));
    await using _middle = await join(host, "middle", (module) =>
      module.onCall("go", z.unknown(), () =>
        trace.getTracer("author").startActiveSpan("by hand", async (span) => {
          await module.call("callee", "end");
          span.end();
        }),
      ),
    );
    await using asker = await join(host, "asker", () => {});
    await asker.nodeApi.callModule("middle", "go", new Uint8Array(), { traceparent, tracestate });
    expect(kept.tree()).toEqual([
      ["call go", ["module_call", ["serve go", ["by hand", ["call end", ["module_call", ["serve end"]]]]]]],
    ]);
    const [root] = kept.spans().filter(({ name }) => name === "call go");
    expect(root?.parentSpanContext).toMatchObject({ spanId: "b7ad6b7169203331", isRemote: true });
    const [inner] = kept.spans().filter(({ name }) => name === "call end");
    expect(inner?.parentSpanContext?.isRemote).not.toBe(true);
  });

  it("tells of a call that failed by its code", async () => {
    using kept = keepSpans();
    await using world = await startShop();
    await expect(world.shop.call("wallet", "refuse")).rejects.toMatchObject({ code: "NO_FUNDS" });
    await expect(world.shop.call("wallet", "nothing")).rejects.toMatchObject({ code: "UNKNOWN_METHOD" });
    const outcomes = kept
      .spans()
      .map(({ name, attributes, status }) => [
        name,
        attributes["blvm.outcome"],
        attributes["error.type"],
        status.code,
      ]);
    const failed = (name: string, code: string) => [name, code, code, SpanStatusCode.ERROR];
    expect(outcomes).toEqual([
      failed("serve refuse", "NO_FUNDS"),
      failed("module_call", "NO_FUNDS"),
      failed("call refuse", "NO_FUNDS"),
      failed("module_call", "UNKNOWN_METHOD"),
      failed("call nothing", "UNKNOWN_METHOD"),
    ]);
  });

  it("records nothing of a trace that is not sampled, and passes its id on all the same", async () => {
    using kept = keepSpans();
    await using world = await startShop();
    const unsampled = traceparent.replace(/1$/, "0");
    const answer = await world.shop.nodeApi.callModule("wallet", "pay", new Uint8Array(), {
      traceparent: unsampled,
    });
    expect(kept.spans()).toEqual([]);
    const { wallet, first } = JSON.parse(Buffer.from(answer).toString());
    for (const headers of [wallet, first])
      expect(headers.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
  });

  it("passes the state on as it came, or as the sampler leaves it", async () => {
    await using world = await startShop();
    const heard = async () => {
      const answer = await world.shop.nodeApi.callModule("wallet", "pay", new Uint8Array(), {
        traceparent,
        tracestate,
      });
      return JSON.parse(Buffer.from(answer).toString()).first.tracestate;
    };
    {
      using _kept = keepSpans();
      expect(await heard()).toBe(tracestate);
    }
    const left = async (change: (state: TraceState) => TraceState) => {
      const shouldSample = (parent: Context) => {
        const { traceState = createTraceState() } = trace.getSpanContext(parent) ?? {};
        return { decision: SamplingDecision.RECORD_AND_SAMPLED, traceState: change(traceState) };
      };
      using _kept = keepSpans({ sampler: { shouldSample } });
      return await heard();
    };
    expect(await left((state) => state.set("own", `${state.get("vendor")}!`))).toBe(
      `own=what it wants!,${tracestate}`,
    );
    expect(await left((state) => state.set("vendor", "mine"))).toBe("vendor=mine");
    expect(await left((state) => state.set("own", "1").unset("vendor"))).toBe("own=1");
    expect(await left((state) => state.unset("vendor"))).toBeUndefined();
    expect(await left((state) => state.set("own", String(state.get("none"))).unset("vendor"))).toBe(
      "own=undefined",
    );
  });

  it("logs each line with the trace and the span in whose service it is written", async () => {
    using kept = keepSpans();
    await using world = await startShop();
    await world.shop.call("wallet", "pay");
    const lines = world.log.lines.filter(({ message }) => message === "written");
    const served = kept.spans().filter(({ name }) => name === "serve write");
    const idsOf = served.map((span) => [span.spanContext().traceId, span.spanContext().spanId]);
    expect(lines).toHaveLength(2);
    expect(lines.map(({ fields }) => [fields.trace_id, fields.span_id]).toSorted()).toEqual(idsOf.toSorted());
  });
});

describe("a process without a tracer", () => {
  it("passes the ids on as they came, to each call that a call makes", async () => {
    await using world = await startShop();
    const answer = await world.shop.nodeApi.callModule("wallet", "pay", new Uint8Array(), {
      traceparent,
      tracestate,
    });
    const headers = { traceparent, tracestate };
    expect(JSON.parse(Buffer.from(answer).toString())).toEqual({
      wallet: headers,
      first: headers,
      second: headers,
    });
    const [line] = world.log.lines.filter(({ message }) => message === "written");
    expect(line?.fields).toMatchObject({
      trace_id: traceparent.slice(3, 35),
      span_id: traceparent.slice(36, 52),
    });
  });

  it("keeps the ids of calls that run side by side apart, and from calls that have none", async () => {
    await using world = await startShop();
    const ids = Array.from({ length: 20 }, (_, n) =>
      n % 4 === 0 ? undefined : traceparent.replace("b7ad", `00${n + 10}`),
    );
    const heard = await Promise.all(
      ids.map(async (id) => {
        const answer = await world.shop.nodeApi.callModule(
          "wallet",
          "pay",
          new Uint8Array(),
          id === undefined ? {} : { traceparent: id },
        );
        return JSON.parse(Buffer.from(answer).toString());
      }),
    );
    const headers = ids.map((id) => (id === undefined ? {} : { traceparent: id }));
    expect(heard).toEqual(headers.map((own) => ({ wallet: own, first: own, second: own })));
  });

  it("has no ids of its own, and none of the call before", async () => {
    await using world = await startShop();
    await world.shop.nodeApi.callModule("wallet", "pay", new Uint8Array(), { traceparent });
    expect(await world.shop.call("wallet", "pay")).toEqual({ wallet: {}, first: {}, second: {} });
    const last = world.log.lines.findLast(({ message }) => message === "written");
    expect(last?.fields).not.toHaveProperty("trace_id");
  });

  it.each([
    ["text", "nonsense"],
    ["the zero trace", `00-${"0".repeat(32)}-b7ad6b7169203331-01`],
    ["a number", 7],
    ["a map", { traceparent }],
    ["a text of a megabyte", "0".repeat(1_000_000)],
    ["nil", null],
  ])("ignores %s in place of an id, and the call is answered", async (_what, given) => {
    await using world = await startShop();
    const answer = await world.shop.client.request("CallModule", {
      target_module_id: "wallet",
      method: "pay",
      params: new Uint8Array(),
      traceparent: given,
      tracestate: given,
    });
    const heard = JSON.parse(Buffer.from(answer as Uint8Array).toString());
    expect(heard).toEqual({ wallet: {}, first: {}, second: {} });
  });
});

describe("a tracer that throws at every turn", () => {
  it("changes no call and no answer", async () => {
    const fail = () => {
      throw new Error("a broken tracer");
    };
    const span = { spanContext: fail, setAttribute: fail, setStatus: fail, end: fail };
    for (const startSpan of [fail, () => span]) {
      await using world = await startShop();
      trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) } as never);
      try {
        const answer = await world.shop.nodeApi.callModule("wallet", "pay", new Uint8Array(), {
          traceparent,
        });
        expect(JSON.parse(Buffer.from(answer).toString()).first).toEqual({ traceparent });
        await expect(world.shop.call("wallet", "refuse")).rejects.toMatchObject({ code: "NO_FUNDS" });
      } finally {
        trace.disable();
      }
    }
  });
});
