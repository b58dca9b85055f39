import { streamErrors } from "../errors.js";
import { defineSink, type SinkLoss, type SinkRuntime } from "../sink.js";
import type { StreamItem } from "../stream-item.js";
import { SinkEnvironment } from "./environment.js";
import { pathProblem } from "./file-place.js";
import { itemJson } from "./item-json.js";
import { Deliveries, type Receiver } from "./webhook/deliveries.js";
import { type WebhookOptions, webhookOptions } from "./webhook/options.js";

/** Sends each item to an HTTP receiver. */
export const webhookSink = defineSink({
  kind: "webhook",
  docs: {
    summary:
      "Sends each item as JSON in one HTTP request, or with `batch` what waits as one list. Secrets (`headers`, `url`, " +
      "`sign`) come from the environment by name. With `sign`, X-Blvm-Signature is `t=SECONDS,v1=HEX`: the HMAC-SHA256 " +
      "with the shared secret of `SECONDS.DELIVERY.BODY`, DELIVERY being the header X-Blvm-Delivery.",
    ordering:
      "One request at a time, in the order of the items; an item that is tried again holds up those behind it. A receiver " +
      "may see a delivery twice, with the same X-Blvm-Delivery: that is how it knows a repeat.",
    memory:
      "What its buffer holds and one request of at most `max_body_bytes`. Of an answer 64 KiB are read, for one second.",
    onComplete:
      "Sends what its buffer holds, with retries, until the time for closing is up; then what is under way goes to the " +
      "dead letters, and what still waits is dropped.",
    onError:
      "No connection, no answer within `timeout`, 408, 429 (Retry-After is heeded up to `retry.longest`) and 5xx are tried " +
      "again; every other answer, redirects too, is final. What is given up counts as an error and is written to " +
      "`dead_letters`, with the reason (three files of 10 MiB, the oldest goes).",
    example:
      "{ id: hook, webhook: { url: 'http://127.0.0.1:9000/hook', sign: { secret_env: HOOK_SECRET }, dead_letters: hook-dead.ndjson } }",
  },
  options: webhookOptions,
  prepare(options, context) {
    const problem = options.dead_letters === undefined ? undefined : pathProblem(options.dead_letters);
    if (problem !== undefined)
      throw context.fault(["dead_letters"], {
        found: problem,
        allowed: "a relative path such as hook-dead.ndjson",
      });
    return {
      open(runtime) {
        const deliveries = new Deliveries(receiverOf(options, runtime), runtime);
        const limitBytes = options.max_body_bytes;
        let writing: Promise<unknown> = Promise.resolve();
        const sendAll = (items: readonly StreamItem[]) => {
          const sending = sendInBodies(deliveries, items, limitBytes);
          writing = sending;
          return sending;
        };
        return {
          write(item) {
            const sending = sendOne(deliveries, item, limitBytes);
            writing = sending.catch(() => {});
            return sending;
          },
          ...(options.batch && { batch: { maxItems: options.batch.max, write: sendAll } }),
          async close() {
            deliveries.giveUp();
            await writing;
            await deliveries.close();
          },
        };
      },
    };
  },
});

function receiverOf(options: WebhookOptions, { ports }: SinkRuntime): Receiver {
  const { url, method, headers, timeout, retry, sign, dead_letters: deadLetters } = options;
  const environment = new SinkEnvironment(ports);
  return {
    url: typeof url === "string" ? new URL(url) : secretUrl(environment, url.env),
    method,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        typeof value === "string" ? value : environment.valueOf(`headers.${name}`, value.env),
      ]),
    ),
    ...(sign && {
      sign: { secret: environment.valueOf("sign.secret_env", sign.secret_env), header: sign.header },
    }),
    timeoutMs: timeout,
    retry: { ...retry, initialMs: retry.initial, longestMs: retry.longest },
    ...(deadLetters !== undefined && { deadLetters }),
  };
}

function secretUrl(environment: SinkEnvironment, name: string): URL {
  const parsed = webhookOptions.shape.url.safeParse(environment.valueOf("url", name));
  if (parsed.success && typeof parsed.data === "string") return new URL(parsed.data);
  throw streamErrors.SINK_ENV_MISSING({
    option: "url",
    name,
    found: "no http or https address without user and password",
  });
}

async function sendOne(deliveries: Deliveries, { value }: StreamItem, limitBytes: number): Promise<void> {
  const text = itemJson(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= limitBytes) return deliveries.deliver(text, [text]);
  throw await refused(deliveries, bytes, limitBytes);
}

/** As few requests as `limitBytes` allows, in order; a refused item loses nothing but itself. */
async function sendInBodies(
  deliveries: Deliveries,
  items: readonly StreamItem[],
  limitBytes: number,
): Promise<SinkLoss | undefined> {
  let loss: SinkLoss | undefined;
  const lost = (count: number, error: unknown) => {
    loss = { items: (loss?.items ?? 0) + count, error: loss?.error ?? error };
  };
  let texts: string[] = [];
  let bytes = 2;
  const send = async () => {
    if (texts.length === 0) return;
    const sent = texts;
    texts = [];
    bytes = 2;
    await deliveries.deliver(`[${sent.join(",")}]`, sent).catch((error: unknown) => lost(sent.length, error));
  };
  for (const { value } of items) {
    const text = itemJson(value);
    const textBytes = Buffer.byteLength(text) + 1;
    if (textBytes + 1 > limitBytes) {
      await send();
      lost(1, await refused(deliveries, textBytes + 1, limitBytes));
      continue;
    }
    if (bytes + textBytes > limitBytes) await send();
    texts.push(text);
    bytes += textBytes;
  }
  await send();
  return loss;
}

async function refused(deliveries: Deliveries, bytes: number, limitBytes: number): Promise<Error> {
  const error = streamErrors.SINK_ITEM_TOO_LARGE({ bytes, limitBytes });
  await deliveries.refuse(error.message);
  return error;
}
