import { describe, expect, it } from "vitest";
import type { ChainEvent, ChainSource } from "../../src/chain/index.js";
import { parsePayload, publishedWhen, publisherNames } from "../../src/events/index.js";
import { describeChainQueries } from "./chain-queries.conformance.js";
import { beginningOf, EventLedger, ledgerOf } from "./event-ledger.js";
import { recordEvents } from "./event-recorder.js";

export interface ChainSourceCase {
  readonly name: string;
  /** How many NewBlock events the source brings at least, by itself, once started. */
  readonly blocks: number;
  /** How far below its tip a source that begins with a chain is asked before its first event; by default far enough. */
  readonly beginningBlocks?: number;
  /** The source knows hashes only: nobody can ask it for a block or a header. */
  readonly lacksBlocks?: boolean;
  /** A source that wasn't started; the suite closes it. */
  create(): Promise<ChainSource> | ChainSource;
  /** The same over smaller blocks, for what asks at every event; by default the same. */
  readonly small?: Omit<ChainSourceCase, "name" | "small">;
}

/** What every chain source promises, whatever it takes its blocks from. */
export function describeChainSource({
  name,
  blocks,
  beginningBlocks,
  lacksBlocks,
  create,
  small,
}: ChainSourceCase): void {
  describe(`chain source ${name}`, () => {
    it("says its own name", async () => {
      await using source = await create();
      expect(source.name).toBe(name);
    });

    it("has no tip and no events before it is started", async () => {
      await using source = await create();
      const recorder = recordEvents(source);
      await new Promise((resolve) => setImmediate(resolve));
      expect(recorder.events).toEqual([]);
      expect(source.tip()).toBeUndefined();
      expect(source.chainInfo()).toBeUndefined();
    });

    it("emits nothing until start has resolved", async () => {
      await using source = await create();
      const recorder = recordEvents(source);
      const before = await source.start().then(() => recorder.events.length);
      expect(before).toBe(0);
      await recorder.count(1);
    });

    it("starts once however often it is asked", async () => {
      await using source = await create();
      const recorder = recordEvents(source);
      await Promise.all([source.start(), source.start()]);
      const beginning = await beginningOf(source, beginningBlocks);
      await source.start();
      await recorder.blocks(blocks);
      expect(() => ledgerOf(recorder.events, beginning)).not.toThrow();
    });

    it("emits only payloads that the catalogue accepts unchanged", async () => {
      await using source = await create();
      const recorder = recordEvents(source);
      await source.start();
      await recorder.blocks(blocks);
      const refused = recorder.events
        .map(({ type, payload }) => ({ type, payload, parsed: parsePayload(type, payload) }))
        .filter(({ parsed }) => !parsed.ok);
      expect(refused).toEqual([]);
    });

    it("publishes nothing that it doesn't declare", async () => {
      await using source = await create();
      const recorder = recordEvents(source);
      await source.start();
      await recorder.blocks(blocks);
      // A source of the tests' own declares nothing.
      const publisher = publisherNames.find((known) => known === name);
      const undeclared = recorder.events.filter(
        ({ type }) => publisher !== undefined && publishedWhen(publisher, type) === undefined,
      );
      expect(undeclared).toEqual([]);
    });

    it("lets a module rebuild chain and mempool from its beginning and its events", async () => {
      await using source = await create();
      const told: unknown[] = [];
      const recorder = recordEvents(source);
      source.events$.subscribe(() => told.push(source.tip()));
      await source.start();
      const ledger = new EventLedger(await beginningOf(source, beginningBlocks));
      await recorder.blocks(blocks);
      const { events } = recorder;
      const differing = told.flatMap((tip, index) => {
        const event = events[index] as ChainEvent;
        ledger.apply(event);
        return JSON.stringify(tip) === JSON.stringify(ledger.tip) ? [] : [[event.type, tip, ledger.tip]];
      });
      expect(differing).toEqual([]);
      expect(told.length).toBeGreaterThanOrEqual(blocks);
    });

    it("tells about the chain what its tip tells", async () => {
      await using source = await create();
      const infos: unknown[] = [];
      source.events$.subscribe((event) => {
        if (event.type === "NewBlock") infos.push([event.payload, source.chainInfo()]);
      });
      const recorder = recordEvents(source);
      await source.start();
      await recorder.blocks(blocks);
      expect(infos.length).toBeGreaterThanOrEqual(blocks);
      for (const row of infos) {
        const [block, info] = row as [{ block_hash: string; height: number }, unknown];
        expect(info).toEqual({
          tip_hash: block.block_hash,
          height: block.height,
          difficulty: expect.toSatisfy((value: number) => Number.isFinite(value) && value > 0),
          chain_work: expect.stringMatching(/^(?!0{64})[0-9a-f]{64}$/),
          is_synced: expect.any(Boolean),
        });
      }
    });

    it("gives every subscriber the same events in the same order", async () => {
      await using source = await create();
      const first: ChainEvent[] = [];
      const second: ChainEvent[] = [];
      source.events$.subscribe((event) => first.push(event));
      source.events$.subscribe((event) => second.push(event));
      const recorder = recordEvents(source);
      await source.start();
      await recorder.blocks(blocks);
      expect(first.every((event, index) => event === second[index])).toBe(true);
    });

    it("does not repeat for a late subscriber what has passed", async () => {
      await using source = await create();
      const recorder = recordEvents(source);
      await source.start();
      await recorder.count(1);
      const passed = new Set(recorder.events);
      const late: ChainEvent[] = [];
      source.events$.subscribe((event) => late.push(event));
      await recorder.blocks(blocks);
      expect(late.filter((event) => passed.has(event))).toEqual([]);
    });

    it("completes its events at close and says nothing after", async () => {
      await using source = await create();
      let completions = 0;
      let eventsAfter = 0;
      source.events$.subscribe({
        next: () => (eventsAfter += completions),
        complete: () => (completions += 1),
      });
      const recorder = recordEvents(source);
      await source.start();
      await recorder.count(1);
      await source.close();
      await new Promise((resolve) => setImmediate(resolve));
      expect({ completions, eventsAfter }).toEqual({ completions: 1, eventsAfter: 0 });
    });

    it("can be closed twice, before its start and during it", async () => {
      const unstarted = await create();
      await unstarted.close();
      await unstarted.close();
      const starting = await create();
      const start = starting.start().catch(() => {});
      await starting.close();
      await start;
      await starting[Symbol.asyncDispose]();
    });

    it("can be closed from inside a subscriber", async () => {
      const source = await create();
      const closed = new Promise<void>((resolve, reject) => {
        let closing: Promise<void> | undefined;
        source.events$.subscribe(() => {
          closing ??= source.close();
          closing.then(resolve, reject);
        });
      });
      await source.start();
      await closed;
    });

    describeChainQueries(
      small ?? {
        blocks,
        create,
        ...(beginningBlocks !== undefined && { beginningBlocks }),
        ...(lacksBlocks !== undefined && { lacksBlocks }),
      },
    );

    it("refuses to start after it was closed", async () => {
      const source = await create();
      await source.close();
      await expect(source.start()).rejects.toMatchObject({ code: "CHAIN_SOURCE_CLOSED" });
    });
  });
}
