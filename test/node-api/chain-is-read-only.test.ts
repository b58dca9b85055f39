import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChainQueries } from "../../src/chain/index.js";
import { capabilities } from "../../src/manifest/index.js";
import { type RequestName, requestDomains, requestNames } from "../../src/requests/index.js";
import { requestExamples } from "../kit/request-examples.js";
import { nextBlock, scriptedMempool, unsentTransaction } from "../kit/scripted-chain.js";
import { ScriptedSource } from "../kit/scripted-source.js";
import { askAndWait } from "./start-api.js";

const everything = capabilities.map(({ name }) => name);
/** The only requests that may change blocks, mempool, outputs or the queue of received blocks. */
const changing: readonly RequestName[] = ["SendTransaction", "SubmitBlock", "QueueReceivedBlock"];
const reading = requestNames.filter((name) => !changing.includes(name));

/** What a module with every capability gets, and the chain's state before and after. */
async function askAround(source: ScriptedSource, name: RequestName, payload: unknown) {
  const before = source.stateHash();
  const served = await askAndWait(name, payload, { capabilities: everything, deps: { chain: source } });
  return { ...served, before, after: source.stateHash() };
}

/** A source that also tells which of its members were called. */
function watched(): { readonly source: ScriptedSource; readonly called: Set<keyof ChainQueries> } {
  const source = ScriptedSource.played();
  const called = new Set<keyof ChainQueries>();
  for (const [name, member] of Object.entries(source.queries)) {
    const noting = typeof member === "function" ? member.bind(source.queries) : member;
    Object.defineProperty(source.queries, name, {
      get: () => {
        called.add(name as keyof ChainQueries);
        return noting;
      },
    });
  }
  return { source, called };
}

describe("the state of the chain", () => {
  it.each(reading)("is the same after %s with every capability", async (name) => {
    const { before, after, answers, refusals } = await askAround(
      ScriptedSource.played(),
      name,
      requestExamples[name],
    );
    expect(answers.length + refusals.length).toBe(1);
    expect(after).toBe(before);
  });

  it.each(changing)("changes by %s", async (name) => {
    const { before, after, refusals } = await askAround(ScriptedSource.played(), name, requestExamples[name]);
    expect(refusals).toEqual([]);
    expect(after).not.toBe(before);
  });

  it.each(changing)("is the same after %s without its capability", async (name) => {
    const source = ScriptedSource.played();
    const before = source.stateHash();
    await askAndWait(name, requestExamples[name], { capabilities: [], deps: { chain: source } });
    expect(source.stateHash()).toBe(before);
  });

  it("is out of reach of every other request: none calls a member of the source that changes it", async () => {
    for (const name of requestNames) {
      const { source, called } = watched();
      await askAndWait(name, requestExamples[name], { capabilities: everything, deps: { chain: source } });
      const touched = (["sendTransaction", "submitBlock", "queueReceivedBlock"] as const).filter((member) =>
        called.has(member),
      );
      expect(touched, name).toEqual(
        changing.includes(name) ? [name.charAt(0).toLowerCase() + name.slice(1)] : [],
      );
    }
  });

  it("is the same after any row of other requests with any fields", async () => {
    const hostile = fc.oneof(fc.anything(), fc.constantFrom(unsentTransaction.bytes, nextBlock.bytes));
    const step = fc.record({
      name: fc.constantFrom(...reading.filter((name) => isOfTheChain(name))),
      changes: fc.dictionary(fc.constantFrom("hash", "height", "peer_addr", "block_hashes", "x"), hostile, {
        maxKeys: 2,
      }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const source = ScriptedSource.played();
        const before = source.stateHash();
        for (const { name, changes } of steps) {
          await askAround(source, name, { ...requestExamples[name], ...changes });
        }
        expect(source.stateHash()).toBe(before);
      }),
      { numRuns: 40 },
    );
  });

  it("is not made of bans, deny lists and maintenance, which commands do change", async () => {
    const commands = ["BanPeer", "ReplaceBlockServeDenylist", "SetBlockServeMaintenanceMode"] as const;
    for (const name of commands) {
      const effects: string[] = [];
      const source = ScriptedSource.played((effect) => effects.push(effect));
      const { before, after } = await askAround(source, name, requestExamples[name]);
      expect(effects).toHaveLength(1);
      expect(after).toBe(before);
    }
  });
});

describe("the state hash of the scripted chain", () => {
  it("tells blocks, mempool and queue apart", async () => {
    const hashes = new Set([ScriptedSource.played().stateHash(), new ScriptedSource().stateHash()]);
    for (const name of changing) {
      const { after } = await askAround(ScriptedSource.played(), name, requestExamples[name]);
      hashes.add(after);
    }
    expect(hashes.size).toBe(5);
  });

  it("is the same for the same script", () => {
    expect(ScriptedSource.played().stateHash()).toBe(ScriptedSource.played().stateHash());
    expect(scriptedMempool.length).toBeGreaterThan(0);
  });
});

function isOfTheChain(name: RequestName): boolean {
  const { blockchain, mempool, mining, network, payment } = requestDomains;
  return [blockchain, mempool, mining, network, payment].some((domain) => name in domain);
}
