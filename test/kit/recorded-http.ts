import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/**
 * What goes wrong with an answer. `stall` never answers, `reset` cuts the connection without one, `half-json` and
 * `html-503` say what no node means, `truncated` ends in the middle of the announced length, `short-length` announces
 * less than it sends, `unauthorized` is 401, `warm-up` is -28, `other-id` answers somebody else's call, `empty` is
 * 200 with nothing in it.
 */
export type HttpFault =
  | "stall"
  | "reset"
  | "half-json"
  | "html-503"
  | "truncated"
  | "short-length"
  | "unauthorized"
  | "warm-up"
  | "other-id"
  | "empty";

export interface RpcRequest {
  readonly method: string;
  readonly params: readonly unknown[];
}

export interface RpcAnswer {
  readonly status: number;
  readonly result: unknown;
  readonly error: { readonly code: number; readonly message: string } | null;
}

export interface HttpSide {
  /** The answer to a call; a promise is a long poll. The signal tells that the caller has gone. */
  answer(request: RpcRequest, signal: AbortSignal): RpcAnswer | Promise<RpcAnswer>;
  isAllowed(user: string, password: string): boolean;
  /** What goes wrong with this call, if anything. */
  fault(request: RpcRequest): HttpFault | undefined;
}

/** The node's HTTP server; the second `open` takes the same port. */
export class RecordedHttp {
  readonly #side: HttpSide;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(side: HttpSide) {
    this.#side = side;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Cuts every connection and refuses new ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [user = "", ...password] = Buffer.from(
      (request.headers.authorization ?? "").replace(/^Basic /, ""),
      "base64",
    )
      .toString("utf8")
      .split(":");
    if (!this.#side.isAllowed(user, password.join(":"))) return refuse(response);

    let body: unknown;
    try {
      body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    } catch {
      const error = { code: -32700, message: "Parse error" };
      return send(response, 500, `${JSON.stringify({ result: null, error, id: null })}\n`);
    }
    if (Array.isArray(body)) {
      const replies = await Promise.all(body.map(async (one) => (await this.#reply(one, response)).text));
      return send(response, 200, `[${replies.join(",")}]\n`);
    }
    const { text, status, fault } = await this.#reply(body, response);
    switch (fault) {
      case undefined:
      case "warm-up":
      case "other-id":
        break;
      case "stall":
        return;
      case "reset":
        response.destroy();
        return;
      case "unauthorized":
        return refuse(response);
      case "half-json":
        return send(response, 200, text.slice(0, Math.floor(text.length / 2)));
      case "empty":
        return send(response, 200, "");
      case "html-503":
        response.setHeader("content-type", "text/html");
        return send(response, 503, "<html><body>503 Service Unavailable</body></html>");
      case "truncated":
        response.writeHead(200, { "content-length": text.length + 1000 });
        response.write(text.slice(0, 10), () => response.destroy());
        return;
      case "short-length":
        response.socket?.end(`HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n${text}`);
        return;
    }
    send(response, status, `${text}\n`);
  }

  async #reply(
    body: unknown,
    response: ServerResponse,
  ): Promise<{ text: string; status: number; fault: HttpFault | undefined }> {
    const { method, params, id, jsonrpc } = body as {
      method: string;
      params?: readonly unknown[];
      id?: unknown;
      jsonrpc?: string;
    };
    const request = { method, params: params ?? [] };
    const fault = this.#side.fault(request);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const warmUp = { status: 500, result: null, error: { code: -28, message: "Loading block index…" } };
    const { status, result, error } =
      fault === "warm-up" ? warmUp : await this.#side.answer(request, gone.signal);
    const named = fault === "other-id" ? "somebody-else" : (id ?? null);
    if (jsonrpc !== "2.0") return { text: JSON.stringify({ result, error, id: named }), status, fault };
    const outcome = error === null ? { result } : { error };
    return { text: JSON.stringify({ jsonrpc, ...outcome, id: named }), status: 200, fault };
  }
}

function refuse(response: ServerResponse): void {
  response.setHeader("www-authenticate", 'Basic realm="jsonrpc"');
  send(response, 401, "");
}

function send(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader("content-type")) response.setHeader("content-type", "application/json");
  response.writeHead(status, { "content-length": Buffer.byteLength(text) });
  response.end(text);
}
