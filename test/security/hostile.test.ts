import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import type { Door } from "../../src/ipc/index.js";
import { expectBalancedBooks } from "../kit/ipc-books.js";
import { type IpcHost, type OpenModule, startIpcHost } from "../kit/ipc-host.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import type { WireClient, WireMessage } from "../kit/ipc-wire-client.js";
import { hostileHandshakes } from "./hostile-handshakes.js";
import { hostileMessages } from "./hostile-messages.js";
import type { HostileRow } from "./hostile-row.js";

/** Asked for after an attack that doesn't close; its answer shows that the connection stayed. */
const LAST_ID = 4_000_000;

interface Refusal {
  readonly id: unknown;
  readonly code: string;
  readonly message: string;
  readonly details: unknown;
}

function refusals(messages: readonly WireMessage[]): Refusal[] {
  return messages
    .filter(([kind, , ok]) => kind === 1 && ok === false)
    .map(([, id, , error]) => ({ id, ...(error as Omit<Refusal, "id">) }));
}

function titled(rows: readonly HostileRow[]): [title: string, row: HostileRow][] {
  return rows.map((row) => [`${row.id}: ${row.input}`, row]);
}

async function readAll(client: WireClient, closes: boolean): Promise<WireMessage[]> {
  if (closes) return client.untilEnd();
  client.request(LAST_ID, "GetChainTip");
  const messages: WireMessage[] = [];
  for (;;) {
    const message = await client.next();
    if (message[0] === 1 && message[1] === LAST_ID) return messages;
    messages.push(message);
  }
}

/** A module that minds its own business while another one misbehaves. */
async function startBystander(host: IpcHost) {
  const module = await host.open("bystander");
  const client = await module.connect();
  client.request(2, "SubscribeEvents", { event_types: ["NewBlock"] });
  await client.answer(2);
  return {
    async expectUnaffected(): Promise<void> {
      const seq = host.bus.publish("NewBlock", exampleEvent("NewBlock"));
      const event = await client.next();
      expect(event.slice(0, 2)).toEqual([2, seq]);
      client.send(7, seq);
      client.request(3, "GetBlockHeight");
      await client.answer(3);
      expect(module.closed.items).toEqual([]);
      expect(host.bus.books.getDeliveryStats("bystander")).toMatchObject({
        delivered: 1,
        failed: 0,
        channel_full: 0,
      });
    },
  };
}

async function run(row: HostileRow, enter: (module: OpenModule) => Promise<WireClient>): Promise<OpenModule> {
  await using host = await startIpcHost();
  const bystander = await startBystander(host);
  const module = await host.open("hostile", {
    ipc: row.ipc ?? {},
    capabilities: row.capabilities ?? ["subscribe_events", "read_chain_state"],
  });
  await using client = await enter(module);
  await row.attack({ client, module });
  const messages = await readAll(client, row.closes);
  const found = refusals(messages);
  expect(found.map(({ code }) => code)).toEqual(row.codes);
  for (const { message } of found) expectThreeParts(message);
  const last = found.at(-1);
  expect(last?.id).toBe(row.lastId);
  if (row.details !== undefined) expect(last?.details).toMatchObject(row.details);
  if (row.closes) expect(messages.at(-1)?.slice(0, 3)).toEqual([1, row.lastId, false]);
  await bystander.expectUnaffected();
  expectBalancedBooks(host.bus);
  return module;
}

describe.each<Door>(["fd", "path"])("a stranger at the door %s", (door) => {
  it.each(titled(hostileHandshakes))("%s is told why, then cut off", async (_title, row) => {
    const module = await run(row, (opened) => (door === "fd" ? opened.descriptor() : opened.dial()));
    const { reason } = await module.turnedAway.nth(1);
    expect(reason.error?.code).toBe(row.codes.at(-1));
    expect(module.connections.items).toEqual([]);
  });
});

describe("a connected module", () => {
  const ends = titled(hostileMessages.filter(({ closes }) => closes));
  const stays = titled(hostileMessages.filter(({ closes }) => !closes));

  it.each(ends)("%s ends its own connection alone", async (_title, row) => {
    const module = await run(row, (opened) => opened.connect());
    const reason = await module.closed.nth(1);
    expect(reason.error?.code).toBe(row.codes.at(-1));
    await module.exhausted.nth(1);
  });

  it.each(stays)("%s is answered and changes nothing", async (_title, row) => {
    await run(row, (opened) => opened.connect());
  });
});
