import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { trace } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { cliMethods } from "../../src/http/rpc/cli-methods.js";
import { overridableMethod } from "../../src/http/rpc/offered-method.js";
import { requestTrace } from "../../src/http/rpc/request-trace.js";
import { CliCommands } from "../../src/node-api/cli/cli-commands.js";
import { RpcOffers } from "../../src/node-api/rpc/rpc-offers.js";
import { ask, startServer } from "../http/start-server.js";
import { keepSpans } from "../kit/kept-spans.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { connectedCaller } from "../node-api/rpc/connected-caller.js";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const tracestate = "vendor=what it wants";

const calls = [
  { method: "one_status" },
  { method: "analyzepsbt", params: ["cHNidP8B"] },
  { method: "runmodulecli", params: ["one", "say"] },
  { method: "one_status" },
].map((call, id) => ({ jsonrpc: "2.0", id, ...call }));

/** The JSON-RPC door over a module that answers a method, an override and a command. */
async function startDoor() {
  const dir = await tempDir();
  const module = connectedCaller("one", {
    rpcOverrides: ["analyzepsbt"],
    answer: ({ kind }) => (kind === "cli" ? { stdout: "", stderr: "", exit_code: 0 } : "answered"),
  });
  const offered = new RpcOffers();
  offered.registerEndpoint(module.caller, "one_status", "");
  offered.registerOverride(module.caller, "analyzepsbt", "");
  const cli = new CliCommands({ loaded: () => [] });
  cli.register(module.caller, { version: 1, name: "one", subcommands: [{ name: "say", args: [] }] });
  const methods = { analyzepsbt: overridableMethod(offered, ""), ...cliMethods(cli) };
  const server = await startServer({}, undefined, { methods, offered, dataDir: dir.path });
  return {
    /** What the module is asked over the calls of one body. */
    async post(headers: Record<string, string>) {
      const authorization = `Basic ${(await readFile(join(dir.path, ".cookie"))).toString("base64")}`;
      const { text } = await ask(server.url, {
        method: "POST",
        headers: { authorization, "content-type": "application/json", ...headers },
        body: JSON.stringify(calls),
      });
      expect(JSON.parse(text)).toMatchObject(calls.map(({ id }) => ({ id, result: expect.anything() })));
      return module.invoked.splice(0).map(({ kind, payload }) => ({ kind, ...(payload as object) }));
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe("POST /", () => {
  it("hands the trace in its headers to each method, override and command of a module", async () => {
    await using door = await startDoor();
    const asked = (fields: object) => [
      { kind: "rpc", method: "one_status", params: null, ...fields },
      { kind: "rpc", method: "analyzepsbt", params: ["cHNidP8B"], ...fields },
      { kind: "cli", subcommand: "say", args: [], ...fields },
      { kind: "rpc", method: "one_status", params: null, ...fields },
    ];
    expect(await door.post({ traceparent, tracestate })).toEqual(asked({ traceparent, tracestate }));
    expect(await door.post({ traceparent: "nonsense", tracestate })).toEqual(asked({}));
    expect(await door.post({})).toEqual(asked({}));
  });

  it("makes a span of each call, below the span in its header", async () => {
    using kept = keepSpans();
    await using door = await startDoor();
    const asked = await door.post({ traceparent });
    const spans = kept.spans();
    expect(spans.map(({ name, parentSpanContext }) => [name, parentSpanContext?.spanId])).toEqual(
      calls.map(() => ["module_call", traceparent.slice(36, 52)]),
    );
    const told = spans.map((span) => `${traceparent.slice(0, 36)}${span.spanContext().spanId}-01`);
    expect(asked.map((payload) => Reflect.get(payload, "traceparent"))).toEqual(told);
    expect(spans[2]?.attributes).toEqual({
      "blvm.kind": "cli",
      "blvm.module": "one",
      "blvm.method": "say",
      "blvm.outcome": "ok",
    });
  });
});

describe("the trace of a request", () => {
  it("is that of the span which was made for it, of the caller's trace or where he has none", () => {
    using _kept = keepSpans();
    trace.getTracer("http").startActiveSpan("POST", (span) => {
      const { traceId, spanId } = span.spanContext();
      expect(requestTrace({})).toMatchObject({ traceId, spanId });
      expect(requestTrace({ traceparent: `00-${traceId}-b7ad6b7169203331-01` })).toMatchObject({
        traceId,
        spanId,
      });
    });
  });

  it("is the caller's where the active span is part of another one", () => {
    using _kept = keepSpans();
    trace.getTracer("start").startActiveSpan("start of the host", () => {
      expect(requestTrace({ traceparent })).toMatchObject({
        traceId: traceparent.slice(3, 35),
        spanId: "b7ad6b7169203331",
      });
    });
    expect(requestTrace({ traceparent, tracestate })).toMatchObject({ state: tracestate });
  });
});
