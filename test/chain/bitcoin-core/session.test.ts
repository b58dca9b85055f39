import { describe, expect, it } from "vitest";
import {
  delayMessages,
  dropMessages,
  duplicateMessages,
  muteTopics,
  randomFaults,
} from "../../kit/recorded-faults.js";
import type { RecordedNode, RecordedNodeOptions } from "../../kit/recorded-node.js";
import { type FollowedSession, followSession } from "./followed-session.js";

/** What the recorded node's own life is in events, moment by moment. */
const moments: readonly (readonly [
  name: string,
  play: (node: RecordedNode) => Promise<void>,
  told: string[],
])[] = [
  ["begun", async () => {}, ["SyncStateChanged Initial Synced"]],
  [
    "three blocks",
    (node) => node.advanceTo("mempool-add"),
    ["NewBlock 33e3 101", "NewBlock 60ec 102", "NewBlock 0554 103"],
  ],
  [
    "three transactions",
    (node) => node.advanceTo("replace"),
    [
      ...["NewTransaction cdf6", "MempoolTransactionAdded cdf6 1 1"],
      ...["NewTransaction 7ded", "MempoolTransactionAdded 7ded 5 2"],
      ...["NewTransaction f0d9", "MempoolTransactionAdded f0d9 25 3"],
    ],
  ],
  [
    "a replacement",
    (node) => node.advanceTo("mine-2"),
    [
      "MempoolTransactionRemoved cdf6 replaced 2",
      ...["NewTransaction b7d1", "MempoolTransactionAdded b7d1 10 3"],
    ],
  ],
  [
    "a block that confirms them",
    (node) => node.advanceTo("reorg"),
    [
      "NewBlock 76c7 104",
      "MempoolTransactionRemoved f0d9 confirmed 2",
      "MempoolTransactionRemoved b7d1 confirmed 1",
      "MempoolTransactionRemoved 7ded confirmed 0",
    ],
  ],
  [
    "the block undone",
    (node) => advanceToCall(node, "getrawmempool"),
    [
      "BlockDisconnected 76c7 104",
      "MempoolTransactionAdded f0d9 25 1",
      "MempoolTransactionAdded b7d1 10 2",
      "MempoolTransactionAdded 7ded 5 3",
    ],
  ],
  [
    "another branch",
    async (node) => {
      await node.advanceTo("errors");
      await node.finish();
    },
    [
      "ChainReorg 76c7 0017",
      "NewBlock 70bb 104",
      "MempoolTransactionRemoved f0d9 confirmed 2",
      "MempoolTransactionRemoved b7d1 confirmed 1",
      "MempoolTransactionRemoved 7ded confirmed 0",
      "NewBlock 0017 105",
    ],
  ],
];

async function advanceToCall(node: RecordedNode, method: string): Promise<void> {
  for (;;) {
    const entry = node.state.entries[node.state.position];
    if (entry === undefined || (entry.kind === "rpc" && entry.request.method === method)) return;
    await node.advanceBy(1);
  }
}

/** Which mempool line comes first among neighbours, and the sizes that follow from it, are the node's to choose. */
function normalForm(lines: readonly string[]): string[] {
  const groups: string[][] = [];
  for (const line of lines) {
    const isMempool = /^(NewTransaction|Mempool)/.test(line);
    const last = groups.at(-1);
    if (isMempool && last !== undefined && /^(NewTransaction|Mempool)/.test(last[0] ?? ""))
      last.push(line.replace(/ \d+$/, ""));
    else groups.push([isMempool ? line.replace(/ \d+$/, "") : line]);
  }
  return groups.flatMap((group) => group.toSorted());
}

interface Trouble {
  readonly node?: RecordedNodeOptions;
  /** Before each moment is played. */
  readonly before?: (session: FollowedSession, moment: string) => Promise<void>;
  readonly zmq?: "off";
}

/** Plays moment by moment and demands after each that what was told is what happened: nothing lost, nothing twice. */
async function playWith({ node = {}, before, zmq }: Trouble): Promise<void> {
  await using session = await followSession(node, zmq === undefined ? {} : { zmq });
  const expected: string[] = [];
  for (const [name, play, told] of moments) {
    await before?.(session, name);
    await play(session.node);
    expected.push(...told);
    await session.hasToldAs(normalForm, normalForm(expected), name);
  }
  await session.quiet();
  expect(normalForm(session.told)).toEqual(normalForm(expected));
}

describe("a followed node", () => {
  it("is told event by event as it lived", async () => {
    // Messages of sequence alone: each other topic asks for a look, which tells the mempool in an order of its own.
    const others = muteTopics(["hashblock", "rawblock", "hashtx", "rawtx"]);
    await using session = await followSession({ zmqFaults: [others] }, { poll_interval_ms: 3_600_000 });
    const expected: string[] = [];
    for (const [, play, told] of moments.slice(0, 2)) {
      await play(session.node);
      expected.push(...told);
      await session.hasTold(expected);
    }
    for (const [name, play, told] of moments.slice(2)) {
      await play(session.node);
      expected.push(...told);
      await session.hasToldAs(([...lines]) => lines, expected, name);
    }
    expect(session.source.tip()).toEqual({ hash: expect.stringMatching(/^0017/), heightBlocks: 105 });
    expect(session.log.lines.filter(({ level }) => level !== "info")).toEqual([]);
  });

  it("is told whole by polling alone", () => playWith({ zmq: "off" }));

  it("is told whole when it publishes nothing", () => playWith({ node: { zmq: "off" } }));

  it.each([
    [
      "every block message of sequence lost",
      [dropMessages({ topic: "sequence", indexes: [0, 1, 2, 8, 9, 13] })],
    ],
    ["arrivals and removals lost", [dropMessages({ topic: "sequence", indexes: [3, 4, 6, 7, 11] })]],
    ["all topics silent", [muteTopics(["hashblock", "rawblock", "hashtx", "rawtx", "sequence"])]],
    ["messages doubled", [duplicateMessages({ topic: "sequence", indexes: [0, 2, 4, 6, 8, 9, 12] })]],
    ["messages out of order", [delayMessages({ topic: "sequence", indexes: [1, 4, 6, 10, 13] }, 2)]],
  ] as const)("is told whole with %s", (_, zmqFaults) => playWith({ node: { zmqFaults } }));

  it.each([1, 2])("is told whole through whatever seed %i loses, doubles and delays", (seed) =>
    playWith({ node: { zmqFaults: [randomFaults(seed, { drop: 0.25, duplicate: 0.2, delay: 0.2 })] } }),
  );

  it("is told whole when answers come cut, garbled, foreign, refused or not at all", async () => {
    await using session = await followSession();
    const expected: string[] = [];
    const faults = [
      ...(["half-json", "html-503", "truncated", "short-length", "empty"] as const),
      ...(["other-id", "reset", "unauthorized"] as const),
    ];
    for (const [name, play, told] of moments) {
      const fault = faults.shift();
      if (fault !== undefined) session.node.spoil(fault, 2);
      if (name === "another branch") session.node.spoil(faults.shift() ?? "reset", 2);
      await play(session.node);
      expected.push(...told);
      const form = (lines: readonly string[]) => normalForm(withoutPhases(lines));
      await session.hasToldAs(form, form(expected), name);
    }
    expect(session.source.chainInfo()?.tip_hash).toMatch(/^0017/);
  });

  it("is told whole through restarts with a new cookie, counters from 0 and a warm-up", async () => {
    await using session = await followSession();
    const expected: string[] = [];
    for (const [name, play, told] of moments) {
      if (name === "three transactions" || name === "another branch") await session.node.restart(3);
      await play(session.node);
      expected.push(...told);
      await session.hasToldAs(
        (lines) => normalForm(withoutPhases(lines)),
        normalForm(withoutPhases(expected)),
        name,
      );
    }
  });

  it("says Error once while it is away, and what happened meanwhile when it is back", async () => {
    await using session = await followSession();
    await session.hasTold(["SyncStateChanged Initial Synced"]);
    await session.node.stop();
    await session.hasTold(["SyncStateChanged Initial Synced", "SyncStateChanged Synced Error"]);
    await session.node.advanceTo("mempool-add");
    await session.node.start(2);
    await session.hasTold([
      ...[
        "SyncStateChanged Initial Synced",
        "SyncStateChanged Synced Error",
        "SyncStateChanged Initial Synced",
      ],
      ...["NewBlock 33e3 101", "NewBlock 60ec 102", "NewBlock 0554 103"],
    ]);
  });

  it("is told on while a thousand questions of modules wait for its answer", async () => {
    await using session = await followSession({}, { timeout_ms: 20_000 });
    session.node.spoil("stall", 1000, "gettxout");
    const asked = Array.from({ length: 1000 }, () =>
      session.source.queries.utxo?.("0f".repeat(32), 0).catch(() => "ended"),
    );
    await session.node.advanceTo("mempool-add");
    await session.hasTold(moments.slice(0, 2).flatMap(([, , told]) => told));
    expect(session.log.lines.filter(({ level }) => level === "warn")).toEqual([]);
    await session.source.close();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["ended"]));
  });

  it("drops messages that no node sends and goes on", async () => {
    await using session = await followSession();
    const zero = Buffer.alloc(4);
    await session.node.publishRaw([Buffer.from("sequence")]);
    await session.node.publishRaw([Buffer.from("sequence"), Buffer.alloc(33), zero, zero]);
    await session.node.publishRaw([Buffer.from("sequence"), Buffer.alloc(41, 0x41), Buffer.alloc(3)]);
    await session.node.publishRaw([Buffer.from("hashblock"), Buffer.alloc(31), zero]);
    await session.node.publishRaw([Buffer.from("sequence-like"), Buffer.alloc(33), zero]);
    await session.node.advanceTo("mempool-add");
    await session.hasTold(moments.slice(0, 2).flatMap(([, , told]) => told));
    const warnings = session.log.lines.filter(({ level }) => level === "warn");
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining("which no topic of the node has"),
    ]);
  });
});

function withoutPhases(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith("SyncStateChanged"));
}
