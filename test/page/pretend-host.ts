import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { PageAnswer, PageState } from "../../src/http/page/page-messages.js";
import { type FakePage, fakePage, pageState } from "../http/page/fake-page.js";
import { startServer, type TestServer } from "../http/start-server.js";

const built = fileURLToPath(new URL("../../dist/page", import.meta.url));

type Module = PageState["modules"][number];
type Stream = PageState["streams"][number];

/** The real page, shown by a server whose host is all the test's: what it tells may be anything. */
export interface PretendHost extends AsyncDisposable {
  readonly page: FakePage;
  state: PageState;
  answer: PageAnswer | undefined;
  server: TestServer;
  /** Closes the server and starts another one in its place, as a host that is restarted does. */
  restart(): Promise<void>;
}

export async function pretendHost(): Promise<PretendHost> {
  const page = await fakePage();
  await cp(built, page.assetsDir, { recursive: true });
  const offer = () => ({
    ...page,
    source: {
      ...page.source,
      fateOf: (module: string, seq: number) => ({
        ...page.source.fateOf(module, seq),
        published_ms: Date.now() - 1_100,
      }),
    },
    state: async () => ({ ...host.state, at_ms: Date.now() }),
    explain: async (module: string, seq: number) =>
      host.answer === undefined ? undefined : { ...host.answer, module, seq },
  });
  const start = (port: number) => startServer({ port }, undefined, undefined, offer());
  const host: PretendHost = {
    page,
    state: pageState,
    answer: undefined,
    server: undefined as unknown as TestServer,
    async restart() {
      const { port } = host.server;
      await host.server.close();
      host.server = await start(port);
    },
    async [Symbol.asyncDispose]() {
      await host.server.close();
      await page[Symbol.asyncDispose]();
    },
  };
  host.server = await start(0);
  return host;
}

export function moduleOf(name: string, some: Partial<Module> = {}): Module {
  const none = { bounds_seconds: [], counts: [] };
  return {
    name,
    version: "1.0.0",
    state: "Running",
    health: { state: "healthy" },
    restarts: 0,
    use: { cpu_percent: 1, memory_bytes: 50 * 1024 ** 2 },
    delivery: {
      matched: 0,
      delivered: 0,
      dropped_full: 0,
      failed: 0,
      filtered: 0,
      waiting: 0,
      in_flight: 0,
    },
    capacity: 100,
    is_slow: false,
    gaps_told: 0,
    latency: none,
    handlers: none,
    ...some,
  };
}

export function streamOf(name: string, some: Partial<Stream> = {}): Stream {
  const part = { in: 5, out: 4, dropped: 0, errors: 0, held: 0 };
  return {
    name,
    state: "running",
    generation: 1,
    restarts: 0,
    has_problem: false,
    intake: { in: 5, dropped: 0, held: 0 },
    parts: [
      { id: "large", kind: "filter", role: "step", ...part },
      { id: "log", kind: "stdout", role: "sink", ...part, in: 4 },
    ],
    ...some,
  };
}
