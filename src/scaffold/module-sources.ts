/** The program and the tests of a new module, by path. `name` is its name. */
export function moduleSources(name: string): Readonly<Record<string, string>> {
  return {
    "src/main.ts": main,
    "src/config.ts": config,
    "src/watch-blocks.ts": watchBlocks,
    "test/watch-blocks.test.ts": hostTest(name),
    "test/order.marbles.test.ts": marblesTest(name),
  };
}

const main = `import { defineModule } from "blvm-streams/sdk";
import { config } from "./config.js";
import { watchBlocks } from "./watch-blocks.js";

// Connects to the node, reads the configuration, sets up, and stays until the node asks it to stop.
defineModule({ config, setup: watchBlocks });
`;

const config = `import { z } from "zod";

/** The module's configuration: its config.toml, and over it the node's [modules.<name>]. */
export const config = z.object({
  every_blocks: z.int().min(1).default(1).meta({ description: "Log every n-th block." }),
});

export type Config = z.output<typeof config>;
`;

const watchBlocks = `import type { LiveModuleConfig, ModuleIntegration } from "blvm-streams/sdk";
import type { Config } from "./config.js";

/** Logs blocks, with how far each is behind the node's tip, and every loss of events. */
export async function watchBlocks(
  module: ModuleIntegration,
  config: Pick<LiveModuleConfig<Config>, "current">,
): Promise<void> {
  // Handlers run one at a time, in the order of the events; what they return is awaited.
  module.on("NewBlock", async ({ payload }) => {
    if (payload.height % config.current.every_blocks !== 0) return;
    const tipHeight = await module.nodeApi.getBlockHeight();
    module.log.info(\`block \${payload.height}, \${tipHeight - payload.height} behind the tip\`, {
      block_hash: payload.block_hash,
    });
  });

  module.on("ModuleLoaded", ({ payload }) => {
    module.log.info(\`\${payload.module_name} \${payload.version} is loaded\`);
  });

  // A module that falls behind loses the newest events. This is called at the very place of the loss.
  module.onGap(({ count, reason }) => {
    module.log.warn(\`\${count} events were lost here (\${reason})\`);
  });

  // The first subscription tells the node that the module is ready. A change of its configuration comes as ConfigLoaded.
  await module.subscribeEvents(["NewBlock", "ModuleLoaded", "ConfigLoaded"]);
}
`;

const hostTest = (name: string) => `import { type EventPayload, ModuleIntegration } from "blvm-streams/sdk";
import { startTestHost } from "blvm-streams/testing";
import { expect, it } from "vitest";
import { config } from "../src/config.js";
import { watchBlocks } from "../src/watch-blocks.js";

const block = (height: number): EventPayload<"NewBlock"> => ({ block_hash: "00".repeat(32), height });

/** A log that keeps its lines. */
function keptLines() {
  const lines: string[] = [];
  const keep = (_fields: object, message: string) => void lines.push(message);
  const log = { trace: keep, debug: keep, info: keep, warn: keep, error: keep, child: () => log };
  return { lines, log };
}

it("logs every n-th block with its distance to the tip", async () => {
  const { lines, log } = keptLines();
  await using host = await startTestHost({ log });
  await using module = await ModuleIntegration.connect(await host.door("${name}"));
  host.setTip({ hash: "00".repeat(32), heightBlocks: 12 });
  await watchBlocks(module, { current: config.parse({ every_blocks: 5 }) });

  for (const height of [9, 10, 11]) host.publish("NewBlock", block(height));
  await host.settled("${name}");

  expect(lines).toContain("block 10, 2 behind the tip");
  expect(lines.filter((line) => line.startsWith("block "))).toHaveLength(1);
  expect(host.books("${name}")).toMatchObject({ dropped_full: 0, waiting: 0 });
});

it("says how many events were lost, and where", async () => {
  const { lines, log } = keptLines();
  // One event is handled, one waits: every further one is lost.
  await using host = await startTestHost({ log, delivery: { capacity: 1, window: 1 } });
  await using module = await ModuleIntegration.connect(await host.door("${name}"));
  host.setTip({ hash: "00".repeat(32), heightBlocks: 5 });
  await watchBlocks(module, { current: config.parse({}) });
  await host.loaded("${name}");
  await host.settled("${name}");

  for (const height of [1, 2, 3, 4, 5]) host.publish("NewBlock", block(height));
  await host.settled("${name}");

  expect(lines).toContain("3 events were lost here (channel_full)");
});
`;

const marblesTest = (name: string) => `import { marbleTable, marbleTest } from "blvm-streams/testing";
import { describe, it } from "vitest";

/**
 * What the node promises this module, drawn: one column is one millisecond, a letter is an event, a digit is a gap that
 * tells of so many lost events. The real engine runs each row in virtual time.
 */
const table = marbleTable("${name} sees blocks in order and hears of every loss", [
  {
    name: "gets every block, in the order in which they were published",
    events: { a: { type: "NewBlock" }, b: { type: "NewBlock" }, c: { type: "NewBlock" } },
    source: "-a-(bc)-----",
    modules: {
      "${name}": {
        handlerMs: 2,
        receives: "-a-(bc)-----",
        handles: "---a-b-c----",
        books: "matched 3 = delivered 3",
      },
    },
  },
  {
    name: "hears at its place that a block was lost while it was busy",
    delivery: { capacity: 1, window: 1 },
    events: { a: { type: "NewBlock" }, b: { type: "NewBlock" }, c: { type: "NewBlock" } },
    source: "-abc----------",
    modules: {
      "${name}": {
        handlerMs: 4,
        receives: "-a---(b1)-----",
        dropped: "---c----------",
        gaps: ["c channel_full"],
        books: "matched 3 = delivered 2 + dropped_full 1",
      },
    },
  },
]);

describe(table.title, () => {
  for (const row of table.rows) it(row.name, () => void marbleTest(row));
});
`;
