import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { vi } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { tempDir } from "./process-temp-dir.js";
import { grafanaDir } from "./promtool.js";

/** One line of an instant query's answer. */
export interface QueriedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What became of a rule at its last evaluation. */
export interface EvaluatedRule {
  readonly name: string;
  readonly query: string;
  readonly type: "alerting" | "recording";
  readonly health: string;
  readonly lastError?: string | undefined;
}

/** A real Prometheus that scrapes one host under the rules of the repository; it ends with its scope. */
export interface Prometheus extends AsyncDisposable {
  readonly url: string;
  /** Resolves when the last scrape of the target worked, and the target has its `up` in the data. */
  targetUp(): Promise<void>;
  /** Asks an expression about this instant; rejects with what Prometheus says of it. */
  query(expr: string): Promise<readonly QueriedSample[]>;
  /** Resolves when an expression has an answer, within 20 s. */
  eventually(expr: string): Promise<void>;
  /** Every rule, as Prometheus evaluates it. */
  rules(): Promise<readonly EvaluatedRule[]>;
}

export interface PrometheusOptions {
  /** The host's own URL, as it tells it: `http://127.0.0.1:9332`. */
  readonly hostUrl: string;
  /** Between two scrapes, and between two evaluations; 10 ms to 60 s. Default: 500. */
  readonly scrapeIntervalMs?: number;
}

const answer = <Data extends z.ZodType>(data: Data) => z.object({ status: z.literal("success"), data });
const vector = answer(
  z.object({
    resultType: z.literal("vector"),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
);
const scalar = answer(
  z.object({ resultType: z.literal("scalar"), result: z.tuple([z.number(), z.string()]) }),
);
const ruleGroups = answer(
  z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            query: z.string(),
            type: z.enum(["alerting", "recording"]),
            health: z.string(),
            lastError: z.string().optional(),
          }),
        ),
      }),
    ),
  }),
);

const WAIT_MS = 20_000;

/** Starts Debian's Prometheus on a free port of loopback, with its data in a temporary folder. */
export async function startPrometheus({
  hostUrl,
  scrapeIntervalMs = 500,
}: PrometheusOptions): Promise<Prometheus> {
  const dir = await tempDir();
  const interval = `${scrapeIntervalMs}ms`;
  const config = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: [join(grafanaDir, "rules", "*.yml")],
    scrape_configs: [{ job_name: "blvm-streams", static_configs: [{ targets: [new URL(hostUrl).host] }] }],
  };
  const file = join(dir.path, "prometheus.yml");
  await writeFile(file, stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  // It dies with this process, however that ends.
  const child = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "prometheus", `--config.file=${file}`, `--web.listen-address=${address}`].concat([
      `--storage.tsdb.path=${join(dir.path, "data")}`,
      "--storage.tsdb.retention.time=1h",
      "--log.level=warn",
    ]),
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const said = text(child.stderr);
  const exited = once(child, "exit");
  let isGone = false;
  void exited.then(() => {
    isGone = true;
  });

  async function ask(path: string): Promise<unknown> {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) });
    const body: unknown = await response.json();
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(body)}`);
    return body;
  }
  async function query(expr: string): Promise<readonly QueriedSample[]> {
    const body = await ask(`/api/v1/query?query=${encodeURIComponent(expr)}`);
    const single = scalar.safeParse(body);
    if (single.success) return [{ labels: {}, value: Number(single.data.data.result[1]) }];
    return vector
      .parse(body)
      .data.result.map(({ metric, value }) => ({ labels: metric, value: numberOf(value[1]) }));
  }
  async function close(): Promise<void> {
    child.kill("SIGKILL");
    await exited;
    await dir[Symbol.asyncDispose]();
  }
  /** Looks every 100 ms: more often would keep Prometheus from its work. */
  const seen = (what: string, claim: () => Promise<boolean>) =>
    vi.waitFor(
      async () => {
        if (isGone) throw new Error(`Prometheus ended: ${await said}`);
        if (!(await claim())) throw new Error(`not seen within ${WAIT_MS} ms: ${what}`);
      },
      { timeout: WAIT_MS, interval: 100 },
    );
  try {
    await seen(
      "Prometheus is ready",
      async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    query,
    targetUp: () =>
      seen("the host is scraped", async () =>
        (await query('up{job="blvm-streams"}')).some(({ value }) => value === 1),
      ),
    eventually: (expr) => seen(expr, async () => (await query(expr)).length > 0),
    rules: async () =>
      ruleGroups.parse(await ask("/api/v1/rules")).data.groups.flatMap((group) => group.rules),
    [Symbol.asyncDispose]: close,
  };
}

function numberOf(value: string): number {
  return Number(value.replace("Inf", "Infinity"));
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
