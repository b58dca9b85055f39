import { get, type IncomingMessage } from "node:http";

/** One server-sent event as a browser would see it. */
export interface FeedMessage {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

export interface Feed extends Disposable {
  readonly status: number;
  readonly response: IncomingMessage;
  /** Every comment seen so far. */
  readonly comments: readonly string[];
  /** The next message; undefined when the feed has ended. */
  next(): Promise<FeedMessage | undefined>;
}

/** Opens a feed and reads its head; the body is read as messages are asked for. */
export async function openFeed(url: string): Promise<Feed> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false }, resolve).on("error", reject);
  });
  const comments: string[] = [];
  const messages = readMessages(response, comments);
  return {
    status: response.statusCode ?? 0,
    response,
    comments,
    next: async () => (await messages.next()).value ?? undefined,
    [Symbol.dispose]: () => response.destroy(),
  };
}

async function* readMessages(response: IncomingMessage, comments: string[]): AsyncGenerator<FeedMessage> {
  let rest = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const message = readBlock(block, comments);
      if (message !== undefined) yield message;
    }
  }
}

function readBlock(block: string, comments: string[]): FeedMessage | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const [, name = "", value = ""] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
    if (name === "") comments.push(value);
    else fields.set(name, value);
  }
  const data = fields.get("data");
  return data === undefined
    ? undefined
    : { event: fields.get("event") ?? "message", id: fields.get("id"), data };
}
