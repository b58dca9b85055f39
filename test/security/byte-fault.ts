import { expect } from "vitest";
import type { Door, IpcOptionsInput } from "../../src/ipc/index.js";
import type { Capability } from "../../src/manifest/index.js";
import type { OpenModule } from "../kit/ipc-host.js";
import type { WireClient, WireMessage } from "../kit/ipc-wire-client.js";
import { type HostileRow, row } from "./hostile-row.js";
import { playScene, type Scene } from "./scene.js";

/** Who attacks: a connection, the module whose door it came through, and the door. */
export interface Attacker {
  readonly client: WireClient;
  readonly module: OpenModule;
  readonly door: Door;
}

/** Bytes that one connection sends, and what it is answered. */
export interface ByteFault {
  readonly id: string;
  readonly input: string;
  readonly ipc?: IpcOptionsInput;
  readonly capabilities?: readonly Capability[];
  attack(attacker: Attacker): void | Promise<void>;
  /** Codes of all refusals, in order; the last is the closing one where the connection closes. */
  readonly codes: readonly string[];
  readonly closes: boolean;
  /** Request that the last refusal answers; 0 for none. */
  readonly lastId: number;
  /** What the last refusal's details say, where it matters. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Text of the attack that no refusal may repeat. */
  readonly secret?: string;
}

/** A fault that ends the connection with one error that answers no request. */
export function closing(id: string, input: string, code: string, attack: ByteFault["attack"]): ByteFault {
  return { id, input, attack, codes: [code], closes: true, lastId: 0 };
}

/** A fault that is answered and changes nothing. */
export function answered(
  id: string,
  input: string,
  code: string,
  attack: ByteFault["attack"],
  lastId = 0,
): ByteFault {
  return { id, input, attack, codes: [code], closes: false, lastId };
}

/** Asked for after an attack that doesn't close; its answer shows that the connection stayed. */
const LAST_ID = 4_000_000;
/** Far above what any row needs, far below what it would be if a claimed length were believed. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

/** The fault in place of a handshake, which ends the connection and leaves the module its other door. */
export function strangerRow(fault: ByteFault): HostileRow {
  return row(fault.id, `${fault.input}, in place of a handshake`, (door) =>
    playScene(door, {}, async (scene) => {
      const module = await scene.open(openOptions(fault));
      // Adopted before the attack: a module whose path was taken still has its descriptor.
      const descriptor = door === "path" ? await scene.enter(module, "fd") : undefined;
      const client = await scene.enter(module);
      // A stranger that is let in has shown what it can.
      client.onMessage = ([kind, , ok]) => kind === 1 && ok === true && client.socket.destroy();
      const messages = await attack(fault, scene, { client, module, door });
      expectAnswers(fault, client, messages);
      expect((await module.turnedAway.nth(1)).reason.error?.code).toBe(fault.codes.at(-1));
      expect(module.turnedAway.items.map((away) => away.door)).toEqual([door]);
      expect(module.connections.items).toEqual([]);
      expect(scene.host.bus.books.getDeliveryStats("hostile")).toBeUndefined();
      const other = descriptor ?? (await scene.enter(module, "path"));
      other.request(1, "Handshake", module.handshake({ token: module.endpoint.token }));
      await other.answer(1);
    }),
  );
}

/** The fault of a module that passed its handshake and has one event in flight. */
export function moduleRow(fault: ByteFault): HostileRow {
  return row(fault.id, fault.input, (door) =>
    playScene(door, {}, async (scene) => {
      const module = await scene.open(openOptions(fault));
      const client = await scene.connect(module);
      const messages = await attack(fault, scene, { client, module, door });
      expectAnswers(fault, client, messages);
      if (fault.closes) await expectEnded(fault, scene, module);
      else await expectStayed(scene, module, client);
    }),
  );
}

function openOptions({ ipc = {}, capabilities = ["subscribe_events", "read_chain_state"] }: ByteFault) {
  return { ipc, capabilities };
}

async function attack(fault: ByteFault, { host }: Scene, attacker: Attacker): Promise<WireMessage[]> {
  const seqBefore = host.bus.lastSeq;
  const bytesBefore = heldBytes();
  await fault.attack(attacker);
  const messages = await readAll(attacker.client, fault.closes);
  expect(heldBytes() - bytesBefore).toBeLessThan(MAX_GROWTH_BYTES);
  // Nothing that is refused has an effect on the bus.
  expect(host.bus.lastSeq).toBe(seqBefore);
  return messages;
}

function heldBytes(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
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

function expectAnswers(fault: ByteFault, { refusals }: WireClient, messages: readonly WireMessage[]): void {
  expect(refusals.map(({ code }) => code)).toEqual(fault.codes);
  const last = refusals.at(-1);
  if (last !== undefined) expect(last.id).toBe(fault.lastId);
  if (fault.details !== undefined) expect(last?.details).toMatchObject(fault.details);
  if (fault.closes) expect(messages.at(-1)?.slice(0, 3)).toEqual([1, fault.lastId, false]);
  if (fault.secret !== undefined) expect(JSON.stringify(refusals)).not.toContain(fault.secret);
}

/** The connection is over, its event is booked as lost, and a client of the path may come back. */
async function expectEnded(fault: ByteFault, scene: Scene, module: OpenModule): Promise<void> {
  const reason = await module.closed.nth(1);
  expect(reason.error?.code).toBe(fault.codes.at(-1));
  expect(scene.host.bus.getSubscribers("NewBlock")).toEqual(["honest"]);
  expect(scene.host.bus.books.getDeliveryStats("hostile")).toMatchObject({
    matched: 1,
    delivered: 0,
    failed_closed: 1,
    fate_unknown: 1,
    waiting: 0,
    in_flight: 0,
  });
  if (scene.door === "fd") await module.exhausted.nth(1);
  else await scene.greet(module);
}

/** The connection goes on: the event in flight can be acknowledged, and the next one comes. */
async function expectStayed({ host }: Scene, module: OpenModule, client: WireClient): Promise<void> {
  client.send(7, host.bus.lastSeq);
  const seq = host.bus.publish("NewBlock", {
    block_hash: "00".repeat(32),
    height: 1,
  });
  expect((await client.next()).slice(0, 2)).toEqual([2, seq]);
  client.send(7, seq);
  client.request(LAST_ID, "GetChainTip");
  await client.answer(LAST_ID);
  expect(module.closed.items).toEqual([]);
  expect(host.bus.books.getDeliveryStats("hostile")).toMatchObject({
    matched: 2,
    delivered: 2,
    failed: 0,
    in_flight: 0,
  });
}
