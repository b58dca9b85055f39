import type { SchedulerLike } from "rxjs";
import type { Subscriber } from "zeromq";
import { errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import { chainErrors } from "../errors.js";
import { type NodeNotice, readNotice, type ZmqTopic } from "./node-notice.js";
import type { ZmqEndpoint } from "./zmq-endpoints.js";

// Bounds per address: messages that libzmq keeps while this process is busy, and the size of one (a raw block).
const maxQueuedMessages = 20_000;
const maxMessageBytes = 8_000_000;
const complaintGapMs = 60_000;
const counterBytes = 4;

export interface ZmqFeedDependencies {
  readonly log: Pick<Logger, "warn">;
  readonly scheduler: SchedulerLike;
  /** Called at once, in the order of arrival of one address. Doesn't throw. */
  readonly onNotice: (notice: NodeNotice) => void;
  /** Loads the library; by default zeromq itself. */
  readonly load?: () => Promise<Pick<typeof import("zeromq"), "Subscriber">>;
}

export interface ZmqFeed {
  /** Messages that had the wrong number of parts, a wrong length or a wrong label. */
  readonly malformed: number;
  /** Closes the sockets. Nothing is told any more when it resolves. Idempotent. */
  close(): Promise<void>;
}

/**
 * Listens to a node's publications. Each topic is counted by the node: the first message of a topic, a number that
 * doesn't follow the last one (something was lost, doubled or out of order, or the node began anew) tells a gap first.
 * What isn't understood is counted, logged at most once per minute, and dropped.
 * Connections that break are made again by the library. Rejects with ZMQ_UNAVAILABLE.
 */
export async function openZmqFeed(
  dependencies: ZmqFeedDependencies,
  endpoints: readonly ZmqEndpoint[],
): Promise<ZmqFeed> {
  const { load = () => import("zeromq") } = dependencies;
  let library: Awaited<ReturnType<typeof load>>;
  try {
    library = await load();
  } catch (error) {
    throw chainErrors.ZMQ_UNAVAILABLE(
      { reason: errorMessage(error).split("\n", 1)[0] ?? "" },
      { cause: error },
    );
  }
  const reader = new MessageReader(dependencies);
  const sockets: Subscriber[] = [];
  const loops: Promise<void>[] = [];
  let isClosed = false;
  const close = async () => {
    isClosed = true;
    for (const socket of sockets) socket.close();
    await Promise.all(loops);
  };
  try {
    for (const { address, topics } of endpoints) {
      const socket = new library.Subscriber({
        receiveHighWaterMark: maxQueuedMessages,
        maxMessageSize: maxMessageBytes,
        linger: 0,
        reconnectInterval: 200,
        reconnectMaxInterval: 5000,
      });
      sockets.push(socket);
      socket.connect(address);
      socket.subscribe(...topics);
      loops.push(
        readAll(socket, topics, (topic, parts) => !isClosed && reader.read(topic, parts), dependencies),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    get malformed() {
      return reader.malformed;
    },
    close,
  };
}

async function readAll(
  socket: Subscriber,
  topics: readonly ZmqTopic[],
  read: (topic: ZmqTopic | undefined, parts: readonly Buffer[]) => void,
  { log }: ZmqFeedDependencies,
): Promise<void> {
  try {
    for await (const parts of socket) {
      const name = parts[0]?.toString("latin1");
      const topic = topics.find((each) => each === name);
      read(topic, parts);
    }
  } catch (error) {
    // Closing ends a pending read with an error on some platforms.
    if (!socket.closed)
      log.warn({ err: error }, `ZMQ can't be read any more: ${errorMessage(error)}; polling goes on`);
  }
}

/** Turns messages into notices; exported for its tests, which need no socket. */
export class MessageReader {
  malformed = 0;
  readonly #dependencies: Pick<ZmqFeedDependencies, "log" | "scheduler" | "onNotice">;
  readonly #counters = new Map<ZmqTopic, number>();
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(dependencies: Pick<ZmqFeedDependencies, "log" | "scheduler" | "onNotice">) {
    this.#dependencies = dependencies;
  }

  /** `topic` is undefined for one that nobody asked for. */
  read(topic: ZmqTopic | undefined, parts: readonly Buffer[]): void {
    const [, body, counter] = parts;
    const isWhole = parts.length === 3 && counter?.length === counterBytes;
    const notice = isWhole && topic !== undefined && body !== undefined ? readNotice(topic, body) : undefined;
    if (topic === undefined || counter === undefined || notice === undefined) {
      this.#complain(parts);
      return;
    }
    const number = counter.readUInt32LE(0);
    const last = this.#counters.get(topic);
    this.#counters.set(topic, number);
    if (last === undefined || number !== (last + 1) >>> 0) this.#dependencies.onNotice({ kind: "gap" });
    this.#dependencies.onNotice(notice);
  }

  #complain(parts: readonly Buffer[]): void {
    this.malformed += 1;
    const { log, scheduler } = this.#dependencies;
    if (scheduler.now() < this.#quietUntilMs) return;
    this.#quietUntilMs = scheduler.now() + complaintGapMs;
    const sizesBytes = parts.map(({ length }) => length);
    log.warn(
      { malformed: this.malformed, sizesBytes },
      `a ZMQ message has ${parts.length} parts of ${sizesBytes.slice(0, 8).join(", ")} bytes, which no topic of the node has; it is dropped (${this.malformed} so far)`,
    );
  }
}
