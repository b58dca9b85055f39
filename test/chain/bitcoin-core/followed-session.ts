import { createBitcoinCoreSource } from "../../../src/chain/bitcoin-core/bitcoin-core-source.js";
import { type BitcoinCoreOptionsInput, bitcoinCoreOptions } from "../../../src/chain/bitcoin-core/options.js";
import type { ChainEvent, ChainSource } from "../../../src/chain/index.js";
import { eventually } from "../../kit/ipc-deadline.js";
import { type RecordedNode, type RecordedNodeOptions, startRecordedNode } from "../../kit/recorded-node.js";
import { recordLog } from "../log-recorder.js";

/** What the source says itself; the node's other news comes from watches of their own. */
const followedTypes: ReadonlySet<string> = new Set([
  "NewBlock",
  "NewTransaction",
  "BlockDisconnected",
  "ChainReorg",
  "SyncStateChanged",
  "MempoolTransactionAdded",
  "MempoolTransactionRemoved",
]);

export interface FollowedSession extends AsyncDisposable {
  readonly node: RecordedNode;
  readonly source: ChainSource;
  readonly log: ReturnType<typeof recordLog>;
  /** One line per event: type and what it is about, hashes cut to four characters. */
  readonly told: readonly string[];
  /** Resolves when exactly these were told; rejects after a deadline with what was told instead. */
  hasTold(expected: readonly string[]): Promise<void>;
  /** The same of a form of what was told; `moment` stands in the error. */
  hasToldAs(
    form: (lines: readonly string[]) => readonly string[],
    expected: readonly string[],
    moment: string,
  ): Promise<void>;
  /** Resolves when the source has looked at the node twice more: what it wants to say is said. */
  quiet(): Promise<void>;
}

/** A source that follows a recorded node, from the moment where the node stands. */
export async function followSession(
  nodeOptions: RecordedNodeOptions = {},
  options: BitcoinCoreOptionsInput = {},
): Promise<FollowedSession> {
  const node = await startRecordedNode(nodeOptions);
  const log = recordLog();
  const source = createBitcoinCoreSource(
    { log },
    bitcoinCoreOptions.parse({
      url: node.url,
      cookie_file: node.cookieFile,
      poll_interval_ms: 50,
      retry_max_ms: 50,
      timeout_ms: 2000,
      ...options,
    }),
  );
  const told: string[] = [];
  source.events$.subscribe((event) => {
    if (followedTypes.has(event.type)) told.push(lineOf(event));
  });
  await source.start();
  if (nodeOptions.zmq !== "off" && options.zmq !== "off") await node.subscribed(["sequence", "hashblock"]);
  async function hasToldAs(
    form: (lines: readonly string[]) => readonly string[],
    expected: readonly string[],
    moment: string,
  ): Promise<void> {
    const text = expected.join("\n");
    const current = () => form(told).join("\n");
    await eventually(moment, () => current() === text).catch(() => {
      throw new Error(`at "${moment}" expected:\n${text}\ntold:\n${current()}`);
    });
  }
  return {
    node,
    source,
    log,
    told,
    hasTold: (expected) => hasToldAs((lines) => lines, expected, "now"),
    hasToldAs,
    async quiet() {
      const looks = () => node.calls.filter(({ method }) => method === "getmempoolinfo").length;
      const before = looks();
      await eventually("two looks at the node", () => looks() >= before + 2);
    },
    async [Symbol.asyncDispose]() {
      await source.close();
      await node.close();
    },
  };
}

function lineOf({ type, payload }: ChainEvent): string {
  const values = Object.entries(payload).map(([, value]) =>
    typeof value === "string" && value.length === 64 ? value.slice(0, 4) : String(value),
  );
  return [type, ...values].join(" ");
}
