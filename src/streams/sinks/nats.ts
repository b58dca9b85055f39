import { randomBytes } from "node:crypto";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { streamErrors } from "../errors.js";
import { defineSink, type SinkLoss, type SinkRuntime } from "../sink.js";
import type { StreamItem } from "../stream-item.js";
import { SinkEnvironment } from "./environment.js";
import { itemJson } from "./item-json.js";
import { type ItemText, prepareTemplate } from "./item-template.js";
import { type LoadNats, loadNats, type NatsLibrary, NatsLink } from "./nats/link.js";
import { type NatsOptions, natsOptions } from "./nats/options.js";

const MOST_AT_ONCE = 256;
/** Bytes that are under way before the server has to say that it has them. */
const MAX_UNDER_WAY_BYTES = 1024 * 1024;
/** What the message's header takes of the server's limit, generously. */
const HEADER_BYTES = 200;
const SUBJECT = /^[^\s.*>]+(\.[^\s.*>]+)*$/u;
const MAX_SUBJECT_CHARS = 200;

/** Publishes each item to a subject of NATS. */
export const natsSink = natsSinkWith(loadNats);

/** The sink with another way to its library. */
export function natsSinkWith(load: LoadNats) {
  return defineSink({
    kind: "nats",
    docs: {
      summary:
        "Publishes each item as JSON to a subject of a NATS server; the subject may hold {type}, {name}, {seq} and " +
        "{expressions}. Needs the optional library @nats-io/transport-node.",
      ordering:
        "In the order of the items. They count as written when the server said that it has them. When the connection breaks " +
        "before, they are sent again: a subscriber may see items twice, and then in order again from the first of them. " +
        "Each has a Nats-Msg-Id that stays, by which JetStream drops repeats.",
      memory:
        "Up to 256 items and 1 MiB of its buffer are on their way. While no server answers, items wait in the buffer, and " +
        "its policy says which are dropped beyond its capacity.",
      onComplete:
        "Sends what its buffer holds and waits until the server has it, while there is time for closing.",
      onError:
        "It connects again for ever. A subject with blanks or wildcards, and an item larger than the server takes, count as errors.",
      example: "{ id: bus, nats: { servers: 'nats://127.0.0.1:4222', subject: 'node.{type}' } }",
    },
    options: natsOptions,
    prepare(options, context) {
      const subject = prepareTemplate(["subject"], options.subject, context);
      if (!options.subject.includes("{") && !isSubject(options.subject))
        throw context.fault(["subject"], {
          found: options.subject,
          allowed: "words joined by dots, without blanks, * and >",
        });
      return { open: (runtime) => openNats(options, subject, load, runtime) };
    },
  });
}

interface Message {
  readonly subject: string;
  readonly payload: Buffer;
  readonly id: string;
}

function openNats(options: NatsOptions, subject: ItemText, load: LoadNats, runtime: SinkRuntime) {
  const link = new NatsLink(connectionOptions(options, runtime), load, runtime);
  const prefix = randomBytes(8).toString("hex");
  let count = 0;
  const messageOf = (item: StreamItem): Message => {
    const text = subject(item, runtime.streamName);
    if (!isSubject(text))
      throw streamErrors.NATS_SUBJECT_INVALID({ found: text.slice(0, MAX_SUBJECT_CHARS) });
    count++;
    return { subject: text, payload: Buffer.from(itemJson(item.value)), id: `${prefix}-${count}` };
  };
  const send = async (items: readonly StreamItem[]): Promise<SinkLoss | undefined> => {
    const losses = new Losses();
    let messages: Message[] = [];
    let bytes = 0;
    for (const item of items) {
      const message = losses.unless(() => messageOf(item));
      if (message === undefined) continue;
      messages.push(message);
      bytes += message.payload.length;
      if (bytes < MAX_UNDER_WAY_BYTES) continue;
      await sendUntilTaken(link, messages, losses);
      messages = [];
      bytes = 0;
    }
    await sendUntilTaken(link, messages, losses);
    return losses.all;
  };
  return {
    async write(item: StreamItem) {
      const loss = await send([item]);
      if (loss !== undefined) throw loss.error;
    },
    batch: { maxItems: MOST_AT_ONCE, write: send },
    close: () => link.close(),
  };
}

/** Sends messages, all of them again after each break, until a server has them. @throws SINK_CLOSED */
async function sendUntilTaken(link: NatsLink, messages: readonly Message[], losses: Losses): Promise<void> {
  let left = messages;
  while (left.length > 0) {
    const { connection, library } = await link.connected();
    const limitBytes = (connection.info?.max_payload ?? MAX_UNDER_WAY_BYTES) - HEADER_BYTES;
    left = left.filter(({ payload: { length: bytes } }) => {
      if (bytes > limitBytes) losses.add(streamErrors.SINK_ITEM_TOO_LARGE({ bytes, limitBytes }));
      return bytes <= limitBytes;
    });
    try {
      for (const { subject, payload, id } of left) {
        const headers = library.headers();
        headers.set("Nats-Msg-Id", id);
        connection.publish(subject, payload, { headers });
      }
      await link.flush(connection);
      return;
    } catch {
      await link.pause();
    }
  }
}

class Losses {
  #loss: SinkLoss | undefined;

  get all(): SinkLoss | undefined {
    return this.#loss;
  }

  add(error: unknown): void {
    this.#loss = { items: (this.#loss?.items ?? 0) + 1, error: this.#loss?.error ?? error };
  }

  unless<Made>(make: () => Made): Made | undefined {
    try {
      return make();
    } catch (error) {
      this.add(error);
      return undefined;
    }
  }
}

function connectionOptions(
  { servers, credentials }: NatsOptions,
  { ports, streamName }: SinkRuntime,
): (library: NatsLibrary) => NodeConnectionOptions {
  const environment = new SinkEnvironment(ports);
  const value = (option: string, name: string) => environment.valueOf(`credentials.${option}`, name);
  const base: NodeConnectionOptions = {
    servers: [...servers],
    name: `blvm-streams ${streamName}`,
    ...(servers.some((server) => server.startsWith("tls://")) && { tls: {} }),
  };
  if (credentials === undefined) return () => base;
  if ("token_env" in credentials) {
    const token = value("token_env", credentials.token_env);
    return () => ({ ...base, token });
  }
  if ("user_env" in credentials) {
    const user = value("user_env", credentials.user_env);
    const pass = value("password_env", credentials.password_env);
    return () => ({ ...base, user, pass });
  }
  const seed = Buffer.from(value("nkey_seed_env", credentials.nkey_seed_env));
  return ({ nkeyAuthenticator }) => ({ ...base, authenticator: nkeyAuthenticator(seed) });
}

function isSubject(text: string): boolean {
  return text.length <= MAX_SUBJECT_CHARS && SUBJECT.test(text);
}
