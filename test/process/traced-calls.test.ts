import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Host } from "../../src/host.js";
import { runCommand } from "../cli/run-in-process.js";
import { ask } from "../http/start-server.js";
import { until } from "../kit/host-until.js";
import { type HostFolder, hostFolder } from "../kit/host-whole.js";
import { keepSpans } from "../kit/kept-spans.js";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const traceparent = `00-${TRACE_ID}-${SPAN_ID}-01`;
const tracestate = "vendor=what it wants";

interface Told {
  readonly pid: number;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

interface WrittenSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string;
}

/** A host with two modules, each a process: `front` answers JSON-RPC and a command, and asks `back` for both. */
async function startTwo(folder: HostFolder, hasTracer: boolean): Promise<Host> {
  const capabilities = ["subscribe_events", "call_module", "register_module_api", "register_rpc_endpoint"];
  const config = `tracer = ${hasTracer}\n`;
  await folder.install("back", "traced", { capabilities, config });
  const needs = { back: ">=1.0.0" };
  await folder.install("front", "traced", { capabilities, needs, config: `${config}next = "back"\n` });
  const host = folder.host({ modules: { enabled_modules: ["front", "back"] } });
  await host.start();
  return host;
}

async function go(folder: HostFolder, host: Host, headers: Record<string, string>) {
  const cookie = await readFile(join(folder.dataDir, ".cookie"));
  const { status, text } = await ask(host.httpUrl ?? "", {
    method: "POST",
    headers: {
      authorization: `Basic ${cookie.toString("base64")}`,
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "front_go" }),
  });
  expect([status, text]).toEqual([200, expect.stringContaining('"result"')]);
  return JSON.parse(text).result as { readonly front: Told; readonly back: Told };
}

async function spansOf(folder: HostFolder, module: string): Promise<WrittenSpan[]> {
  const text = await readFile(join(folder.dataDir, module, "spans.jsonl"), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

afterEach(() => vi.unstubAllEnvs());

describe("a trace through two module processes", () => {
  it("reaches both from the headers of a POST, and their logs, as it came", async () => {
    await using folder = await hostFolder();
    const host = await startTwo(folder, false);
    const { front, back } = await go(folder, host, { traceparent, tracestate });
    expect(new Set([front.pid, back.pid, process.pid]).size).toBe(3);
    expect(front).toEqual({ pid: front.pid, traceparent, tracestate });
    expect(back).toEqual({ pid: back.pid, traceparent, tracestate });
    const said = () => folder.log.lines.find(({ message }) => message === "the end of back");
    await until("the line of the module's log", () => said() !== undefined);
    expect(said()?.fields).toMatchObject({ module: "back", trace_id: TRACE_ID, span_id: SPAN_ID });
  });

  it("is none where the header is wrong, and the call is answered", async () => {
    await using folder = await hostFolder();
    const host = await startTwo(folder, false);
    for (const wrong of [
      "",
      "nonsense",
      traceparent.toUpperCase(),
      `${traceparent}-0`,
      `01${traceparent.slice(2)}`,
    ]) {
      const { front, back } = await go(folder, host, { traceparent: wrong, tracestate });
      expect([front, back]).toEqual([{ pid: front.pid }, { pid: back.pid }]);
    }
    const long = await go(folder, host, { traceparent, tracestate: "x".repeat(513) });
    expect(long.back).toEqual({ pid: long.back.pid, traceparent });
  });

  it("reaches both from the environment of the command line", async () => {
    await using folder = await hostFolder();
    await startTwo(folder, false);
    vi.stubEnv("TRACEPARENT", traceparent);
    const run = async () => {
      const { code, stdout, stderr } = await runCommand([
        "module",
        "--data-dir",
        folder.dataDir,
        "front",
        "go",
      ]);
      expect([code, stderr]).toEqual([0, ""]);
      return JSON.parse(stdout) as { readonly back: Told };
    };
    expect((await run()).back).toMatchObject({ traceparent });
    vi.stubEnv("TRACEPARENT", "nonsense");
    expect((await run()).back).not.toHaveProperty("traceparent");
  });

  it("is one chain of spans where the host and both modules have a tracer", async () => {
    using kept = keepSpans();
    await using folder = await hostFolder();
    const host = await startTwo(folder, true);
    const { front, back } = await go(folder, host, { traceparent, tracestate });
    const [hosts, fronts, backs] = [
      kept.spans(),
      await spansOf(folder, "front"),
      await spansOf(folder, "back"),
    ];
    const ofHost = hosts.map((span): WrittenSpan => {
      const parent = span.parentSpanContext?.spanId;
      return { name: span.name, ...span.spanContext(), ...(parent !== undefined && { parent }) };
    });
    const spans = [...ofHost, ...fronts, ...backs];
    const chain: string[] = [];
    for (let at: string | undefined = SPAN_ID; at !== undefined; ) {
      const [below, ...others]: WrittenSpan[] = spans.filter(({ parent }) => parent === at);
      expect(others).toEqual([]);
      if (below !== undefined) chain.push(below.name);
      at = below?.spanId;
    }
    expect(chain).toEqual(["module_call", "serve front_go", "call end", "module_call", "serve end"]);
    expect([ofHost.length, fronts.length, backs.length]).toEqual([2, 2, 1]);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
    expect([front.traceparent, front.tracestate]).toEqual([
      `00-${TRACE_ID}-${fronts.at(-1)?.spanId}-01`,
      tracestate,
    ]);
    expect([back.traceparent, back.tracestate]).toEqual([
      `00-${TRACE_ID}-${backs[0]?.spanId}-01`,
      tracestate,
    ]);
  });
});
