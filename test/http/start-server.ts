import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:http";
import type { SchedulerLike } from "rxjs";
import { Subject } from "rxjs";
import type { AnyEvent } from "../../src/events/index.js";
import {
  createHttpServer,
  type Health,
  type HttpOptionsInput,
  httpOptions,
  type PageOffer,
  type RpcOffer,
} from "../../src/http/index.js";
import { type RecordingLog, recordingLog } from "../kit/process-recording-log.js";

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly log: RecordingLog;
  readonly events: Subject<AnyEvent>;
  health: Health;
  render: () => Promise<string>;
  close(): Promise<void>;
}

/** A real HTTP server on a free port; its event source, health and metrics are the test's to set. */
export async function startServer(
  options: HttpOptionsInput = {},
  scheduler?: SchedulerLike,
  rpc?: RpcOffer,
  page?: PageOffer,
): Promise<TestServer> {
  const log = recordingLog();
  const events = new Subject<AnyEvent>();
  const server: Omit<TestServer, "url" | "port"> = {
    log,
    events,
    health: { status: "ok", height: 7, modules: { watcher: "Running" } },
    render: async () => "blvm_up 1\n",
    close: () => http.close(),
    [Symbol.asyncDispose]: () => http.close(),
  };
  const metrics = { contentType: "text/plain; version=0.0.4", render: () => server.render() };
  const http = createHttpServer(
    {
      all$: events,
      health: () => server.health,
      metrics,
      log,
      ...(rpc === undefined ? {} : { rpc }),
      ...(page === undefined ? {} : { page }),
      ...(scheduler === undefined ? {} : { scheduler }),
    },
    httpOptions.parse({ port: 0, ...options }),
  );
  const { url } = await http.start();
  return Object.assign(server, { url, port: Number(new URL(url).port) });
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** One request with exactly these headers; fetch would not let a test choose the Host. */
export async function ask(
  url: string,
  { method = "GET", headers = {}, body }: AskOptions = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers: received } = response;
        resolve({ status, headers: received, text: Buffer.concat(parts).toString() });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
