import { describe, expect, it } from "vitest";
import { readStream, testStream } from "../../src/streams/index.js";

const text = `version: 1
name: large-fee
source: { events: [MempoolTransactionAdded], after: latest }
steps:
  - { id: big,   filter: 'event.payload.fee_rate > 50.0' }
  - { id: once,  dedupe: { key: 'event.payload.tx_hash', window: 10m, max: 10000 } }
  - { id: pack,  window: { tumbling: 5s, max: 100 } }
  - { id: shape, map: '{"n": size(events), "top": max(events.map(e, e.payload.fee_rate))}' }
sinks:
  - { id: log,  stdout: { format: ndjson } }
  - { id: hook, webhook: { url: 'http://127.0.0.1:9000/hook', retry: { attempts: 5, backoff: exponential }, timeout: 10s } }
  - { id: n,    metric: { name: large_fee, type: counter } }
tests:
  - name: passes each transaction once, and tells of the largest fee every five seconds
    marbles:
      source: 'abac 10s'
      at: { big: 'a-ac', once: 'a--c', shape: '5s x' }
      sinks: { log: '5s x', hook: '5s x', n: '5s x' }
    values:
      a: { type: MempoolTransactionAdded, payload: { tx_hash: ${"a".repeat(64)}, fee_rate: 60.0 } }
      b: { type: MempoolTransactionAdded, payload: { tx_hash: ${"b".repeat(64)}, fee_rate: 10.0 } }
      c: { type: MempoolTransactionAdded, payload: { tx_hash: ${"c".repeat(64)}, fee_rate: 70.5 } }
    outputs: { x: { n: 2, top: 70.5 } }
`;

describe("The steps and sinks that ship", () => {
  it("make a stream together, which passes its own test", () => {
    const stream = readStream(text, "large-fee.yaml");
    expect(stream.tests.map((test) => testStream(stream, test))).toEqual([
      expect.objectContaining({ isPassed: true }),
    ]);
  });

  it("are given the answers that a test says for the node's", () => {
    const stream = readStream(
      `version: 1
name: tips
source: { events: [NewBlock] }
steps:
  - { id: ask, enrich: { call: get_chain_tip, as: tip } }
  - { id: only, map: 'value.tip' }
sinks:
  - { id: log, stdout: { format: ndjson } }
tests:
  - name: asks for each block
    marbles: { source: 'a-a|', at: { only: 'x-x|' } }
    values: { a: { type: NewBlock } }
    outputs: { x: abc }
    answers: { get_chain_tip: abc }
  - name: has no answer
    marbles: { source: 'a-a|', at: { only: '---|' } }
    values: { a: { type: NewBlock } }
    counts: { ask: { in: 2, out: 0, errors: 2 } }
`,
      "tips.yaml",
    );
    expect(stream.tests.map((test) => testStream(stream, test))).toEqual([
      expect.objectContaining({ isPassed: true }),
      expect.objectContaining({ isPassed: true }),
    ]);
  });
});
