import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { runCommand } from "../cli/run-in-process.js";
import { ask } from "../http/start-server.js";
import { until } from "../kit/host-until.js";
import { distUrl } from "../kit/process-dist.js";
import { tempDir } from "../kit/process-temp-dir.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const guide = await readFile(join(root, "docs/traces.md"), "utf8");

/** The files that the guide shows, as a reader would write them down. */
const files = [...guide.matchAll(/<!-- (\S+\.\w+) -->\n```\w+\n([\s\S]*?)```/g)].map(
  ([, name = "", text = ""]) => ({
    name,
    text,
  }),
);

/** A folder with these files, where packages are found as after the guide's `npm install`. */
async function writeFiles(folder: string): Promise<void> {
  // A host that runs as root has its modules run as somebody else.
  await chmod(folder, 0o755);
  for (const { name, text } of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await mkdir(join(folder, "node_modules"));
  for (const name of ["@opentelemetry", "zod"])
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
  await symlink(root, join(folder, "node_modules/blvm-streams"));
}

/** The host of the guide, on a port of its own; the scope's end ends it. */
function startHost(folder: string) {
  const main = fileURLToPath(distUrl("cli/main.js"));
  const env = { ...process.env, NODE_OPTIONS: "--import ./tracing.mjs", BLVM_STREAMS_HTTP_PORT: "0" };
  const child = spawn(process.execPath, [main, "up"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => said.push(String(chunk)));
  const exited = once(child, "exit");
  return {
    said: () => said.join(""),
    async [Symbol.asyncDispose]() {
      const killer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      child.kill("SIGTERM");
      await exited;
      clearTimeout(killer);
    },
  };
}

async function post(folder: string, traceparent: string): Promise<unknown> {
  const { http_url: url } = JSON.parse(await readFile(join(folder, "data/host.json"), "utf8"));
  const cookie = await readFile(join(folder, "data/.cookie"));
  const { text } = await ask(url, {
    method: "POST",
    headers: {
      authorization: `Basic ${cookie.toString("base64")}`,
      "content-type": "application/json",
      traceparent,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "shop_order", params: { sats: 21 } }),
  });
  return JSON.parse(text).result;
}

describe("docs/traces.md", () => {
  it("shows two modules whose spans, and the host's, are one chain", async () => {
    await using dir = await tempDir();
    await writeFiles(dir.path);
    for (const name of ["wallet", "shop"]) {
      const { code, stderr } = await runCommand(["modules", "bundle", join(dir.path, "modules", name)]);
      expect([code, stderr]).toEqual([0, ""]);
    }
    await using host = startHost(dir.path);
    const isLoaded = () => expect(host.said().split('"module is loaded"'), host.said()).toHaveLength(3);
    await vi.waitFor(isLoaded, { timeout: 15_000, interval: 20 });
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    expect(await post(dir.path, `00-${traceId}-b7ad6b7169203331-01`)).toEqual({ paid: 21 });
    const spans = () => [
      ...host.said().matchAll(/span ([0-9a-f]{32}) ([0-9a-f]{16}) > ([0-9a-f]{16}) ([\w ]+)/g),
    ];
    await until("each of the five spans is printed", () => spans().length === 5);
    const chain: string[] = [];
    let at = "b7ad6b7169203331";
    for (const _each of spans()) {
      const [, trace, , id = "", name = ""] = spans().find(([, , parent]) => parent === at) ?? [];
      expect(trace).toBe(traceId);
      chain.push(name);
      at = id;
    }
    expect(chain).toEqual(["module_call", "serve shop_order", "call pay", "module_call", "serve pay"]);
    const line = host
      .said()
      .split("\n")
      .find((each) => each.includes("21 sats paid"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ module: "wallet", trace_id: traceId, span_id: at });
  });
});
