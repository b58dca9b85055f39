import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { findTool } from "./tool.js";

/** A real nats-server on a port of its own, which stays when it is killed and started again. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.#options = options;
  }

  static async start(...options: readonly string[]): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), options);
    await server.start();
    return server;
  }

  get address(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const args = ["-a", "127.0.0.1", "-p", String(this.port), ...this.#options];
    const child = spawn(findTool("nats-server") ?? "nats-server", args, {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = child;
    // Read on for ever: a server whose log nobody reads ends at its next line.
    let text = "";
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`nats-server did not start: ${text}`)));
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        text = `${text}${chunk}`.slice(-10_000);
        if (text.includes("Server is ready")) resolve();
      });
    });
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** A subscriber that notes subject, number and id of what comes. */
export class NatsReader implements AsyncDisposable {
  readonly subjects: string[] = [];
  readonly numbers: number[] = [];
  readonly ids: string[] = [];
  readonly #connection: NatsConnection;

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
    connection.subscribe(">", {
      callback: (error, message) => {
        if (error !== null) throw error;
        this.subjects.push(message.subject);
        this.numbers.push(message.json<number>());
        this.ids.push(message.headers?.get("Nats-Msg-Id") ?? "");
      },
    });
  }

  static async start(server: NatsServer, options: object = {}): Promise<NatsReader> {
    const reader = new NatsReader(await connect({ servers: server.address, ...options }));
    await reader.#connection.flush();
    return reader;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}

/** A way to a server that is open or shut; shut, it ends its connections. */
export class NatsGate implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  isOpen = true;

  private constructor(port: number) {
    this.#server = createServer((socket) => {
      if (!this.isOpen) return socket.destroy();
      const beyond = connectTcp(port, "127.0.0.1");
      for (const [one, other] of [
        [socket, beyond],
        [beyond, socket],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => {});
        one.on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
      return undefined;
    });
  }

  static async before(server: NatsServer): Promise<NatsGate> {
    const gate = new NatsGate(server.port);
    gate.#server.listen(0, "127.0.0.1");
    await once(gate.#server, "listening");
    return gate;
  }

  get address(): string {
    return `nats://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
