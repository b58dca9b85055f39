import { XPublisher } from "zeromq";
import { eventually } from "./ipc-deadline.js";
import type { ZmqTopic } from "./recorded-session.js";

/** One publication: three parts on the wire. */
export interface ZmqMessage {
  readonly topic: ZmqTopic;
  readonly body: Uint8Array;
  /** The topic's counter. */
  readonly sequence: number;
}

/** What becomes of a publication on its way. Messages leave in the order of the returned lists. */
export interface ZmqFault {
  /** Instead of the message: none drops it, two duplicate it. One that is held back comes out later. */
  offer(message: ZmqMessage): readonly ZmqMessage[];
  /** What is still held back when the recording ends. */
  flush(): readonly ZmqMessage[];
}

/** A node's ZeroMQ publisher: all topics on one address, with a counter for each. */
export class RecordedPublisher {
  readonly #faults: readonly ZmqFault[];
  readonly #topics = new Map<string, number>();
  #socket: XPublisher | undefined;
  #port = 0;

  constructor(faults: readonly ZmqFault[]) {
    this.#faults = faults;
  }

  get address(): string {
    return `tcp://127.0.0.1:${this.#port}`;
  }

  /** Binds; the second time to the same port. */
  async open(): Promise<void> {
    const socket = new XPublisher({ linger: 0, sendHighWaterMark: 10_000 });
    // The library lets go of a port a little after the socket that had it was closed.
    const address = `tcp://127.0.0.1:${this.#port === 0 ? "*" : this.#port}`;
    await eventually(`${address} is free`, () =>
      socket.bind(address).then(
        () => true,
        () => false,
      ),
    );
    this.#port = Number(socket.lastEndpoint?.split(":").at(-1));
    this.#socket = socket;
    this.#topics.clear();
    void this.#countSubscriptions(socket);
  }

  /** Resolves when somebody listens to each of the topics. */
  async subscribed(topics: readonly ZmqTopic[]): Promise<void> {
    await eventually(`subscriptions to ${topics.join(", ")}`, () =>
      topics.every((topic) => (this.#topics.get(topic) ?? 0) > 0 || (this.#topics.get("") ?? 0) > 0),
    );
  }

  async publish(message: ZmqMessage): Promise<void> {
    const passed = this.#faults.reduce<readonly ZmqMessage[]>(
      (messages, fault) => messages.flatMap((one) => fault.offer(one)),
      [message],
    );
    await this.#send(passed);
  }

  /** Sends what the faults hold back. */
  async flush(): Promise<void> {
    await this.#send(this.#faults.flatMap((fault) => fault.flush()));
  }

  /** Sends parts as they are, for messages that no node sends. */
  async sendRaw(parts: readonly Uint8Array[]): Promise<void> {
    await this.#socket?.send([...parts]);
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #send(messages: readonly ZmqMessage[]): Promise<void> {
    for (const { topic, body, sequence } of messages) {
      const counter = Buffer.alloc(4);
      counter.writeUInt32LE(sequence);
      await this.#socket?.send([topic, Buffer.from(body), counter]);
    }
  }

  async #countSubscriptions(socket: XPublisher): Promise<void> {
    try {
      for await (const [message] of socket) {
        if (message === undefined) continue;
        const topic = message.toString("latin1", 1);
        this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + (message[0] === 1 ? 1 : -1));
      }
    } catch {
      // The socket was closed.
    }
  }
}
