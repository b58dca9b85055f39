import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { decode } from "@msgpack/msgpack";
import { frame, pack } from "./ipc-bytes.js";
import { withDeadline } from "./ipc-deadline.js";
import { UnkeptPromise } from "./unkept-promise.js";

/** A decoded message: its kind, then its elements. */
export type WireMessage = readonly unknown[];

export interface WireRefusal {
  readonly id: number;
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryable: boolean;
}

const RESPONSE = 1;
const PING = 8;

/**
 * A module's end of a connection that speaks the protocol by hand: any bytes at any time, nothing sent by itself,
 * not even a pong. Pings are left out of what is read.
 */
export class WireClient implements AsyncDisposable {
  readonly socket: Duplex;
  /** Called with each message as it comes, before anybody asks for it. */
  onMessage: (message: WireMessage) => void = () => {};
  readonly #messages: WireMessage[] = [];
  readonly #refusals: WireRefusal[] = [];
  #pings = 0;
  #held = Buffer.alloc(0);
  #wake = () => {};
  #isEnded = false;

  private constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    for (const end of ["end", "close"]) {
      socket.on(end, () => {
        this.#isEnded = true;
        this.#wake();
      });
    }
  }

  static over(socket: Duplex): WireClient {
    return new WireClient(socket);
  }

  static async dial(path: string): Promise<WireClient> {
    const socket = connect(path);
    await withDeadline(
      new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve).once("error", reject);
      }),
      `a connection to ${path}`,
    );
    return new WireClient(socket);
  }

  /** Pings that were read so far. */
  get pings(): number {
    return this.#pings;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Every refusal that was read so far, asked for or not. */
  get refusals(): readonly WireRefusal[] {
    return this.#refusals;
  }

  /** Messages that were read and not yet asked for. */
  get unread(): readonly WireMessage[] {
    return this.#messages;
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Sends one message of the protocol in one frame. */
  send(...message: readonly unknown[]): void {
    this.sendBytes(frame(pack(message)));
  }

  request(id: number, type: string, payload?: unknown): void {
    this.send(0, id, type, payload ?? {});
  }

  /** The next message; rejects when the stream ends before one comes. */
  async next(): Promise<WireMessage> {
    await this.#until("a message", () => this.#messages.length > 0 || this.#isEnded);
    const message = this.#messages.shift();
    if (message === undefined) throw new UnkeptPromise("the stream ended and no message came");
    return message;
  }

  /** The payload of the next answer that fits the id; other messages before it are dropped. */
  async answer(id: number): Promise<unknown> {
    const [, , ok, payload] = await this.#response(id);
    if (ok !== true) throw new UnkeptPromise(`request ${id} was refused: ${JSON.stringify(payload)}`);
    return payload;
  }

  /** The refusal of a request, or with id 0 of a fault; other messages before it are dropped. */
  async refusal(id: number): Promise<WireRefusal> {
    const [, , ok, error] = await this.#response(id);
    if (ok !== false)
      throw new UnkeptPromise(`request ${id} was not refused but answered: ${JSON.stringify(error)}`);
    return { id, ...(error as Omit<WireRefusal, "id">) };
  }

  /** Everything up to the end of the stream. */
  async untilEnd(): Promise<WireMessage[]> {
    await this.#until("the end of the stream", () => this.#isEnded);
    return this.#messages.splice(0);
  }

  /** Resolves when `count` pings were read. */
  async untilPings(count: number): Promise<void> {
    await this.#until(`${count} pings`, () => this.#pings >= count);
  }

  /** Drops the connection, at once and without a word. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }

  async #response(id: number): Promise<WireMessage> {
    for (;;) {
      const message = await this.next();
      if (message[0] === RESPONSE && message[1] === id) return message;
    }
  }

  #take(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (this.#held.length >= 4 && this.#held.length >= 4 + this.#held.readUInt32BE(0)) {
      const end = 4 + this.#held.readUInt32BE(0);
      const message = decode(this.#held.subarray(4, end)) as WireMessage;
      this.#held = this.#held.subarray(end);
      if (message[0] === PING) this.#pings++;
      else this.#note(message);
    }
    this.#wake();
  }

  #note(message: WireMessage): void {
    const [kind, id, ok, error] = message;
    if (kind === RESPONSE && ok === false) {
      this.#refusals.push({ id: id as number, ...(error as Omit<WireRefusal, "id">) });
    }
    this.#messages.push(message);
    this.onMessage(message);
  }

  #until(what: string, claim: () => boolean): Promise<void> {
    const reached = new Promise<void>((resolve) => {
      this.#wake = () => claim() && resolve();
      this.#wake();
    });
    return withDeadline(reached, what);
  }
}
