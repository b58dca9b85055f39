import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { asyncScheduler, type SchedulerLike } from "rxjs";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a receiver does with a request: a status, or anything else. */
export type Answer = number | ((response: ServerResponse, request: Received) => void);

/** A real HTTP server that notes what came and answers as it is told; the last answer stays. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  private constructor(answers: readonly Answer[]) {
    const left = [...answers];
    this.#server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      const { method = "", url = "", headers } = request;
      const received = { method, url, headers, body };
      this.received.push(received);
      const answer = (left.length > 1 ? left.shift() : left[0]) ?? 200;
      if (typeof answer === "number") response.writeHead(answer).end();
      else answer(response, received);
    });
    this.#server.on("connection", (socket) => this.sockets.push(socket));
  }

  static async start(...answers: readonly Answer[]): Promise<Receiver> {
    const receiver = new Receiver(answers);
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  header(name: string): readonly unknown[] {
    return this.received.map(({ headers }) => headers[name]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

const SPEED = 100;

/** A clock a hundred times as fast as the wall's, which notes every delay that it is asked for. */
export function fastClock(): SchedulerLike & { readonly delays: readonly number[] } {
  const delays: number[] = [];
  return {
    delays,
    now: () => performance.now() * SPEED,
    schedule(work, delayMs = 0, state) {
      delays.push(delayMs);
      return asyncScheduler.schedule(work as never, delayMs / SPEED, state);
    },
  };
}
