import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createPeerBook,
  type PeerBookLimits,
  peerBookLimits,
} from "../../../../src/chain/devnet/life/peer-book.js";
import { createRandom } from "../../../../src/chain/devnet/life/random.js";
import type { ChainEvent } from "../../../../src/chain/index.js";

const first = { address: "203.0.113.7:18444", transport: "tcp", services: 1033n, version: 70_016 } as const;
const second = { ...first, address: "[2001:db8::2]:18444" };

function bookAt(startS: number, limits: Partial<PeerBookLimits> = {}) {
  const events: ChainEvent[] = [];
  const clock = { nowS: startS };
  const deps = {
    emit: (event: ChainEvent) => events.push(event),
    nowS: () => clock.nowS,
    random: createRandom("peers"),
  };
  const book = createPeerBook(deps, { ...peerBookLimits, ...limits });
  const types = () => events.splice(0).map(({ type }) => type);
  return { book, clock, events, types };
}

describe("the book of pretended peers", () => {
  it("tells a peer's coming and going with what it knows of it", () => {
    const { book, events } = bookAt(1000);
    book.connect(first);
    expect(book.peers()).toEqual([{ ...first, connectedSinceS: 1000 }]);
    book.disconnect(first.address, "timeout");
    expect(events).toEqual([
      { type: "ConnectionAttempt", payload: { peer_addr: first.address, success: true } },
      {
        type: "PeerConnected",
        payload: { peer_addr: first.address, transport_type: "tcp", services: 1033n, version: 70_016 },
      },
      { type: "PeerDisconnected", payload: { peer_addr: first.address, reason: "timeout" } },
    ]);
    expect(book.peers()).toEqual([]);
  });

  it("keeps a banned host out, whatever its port, until the ban runs out", () => {
    const { book, clock, events, types } = bookAt(1000);
    book.connect(first);
    events.length = 0;
    book.ban(first.address, "sent an invalid block", 60);
    expect(events).toEqual([
      {
        type: "PeerBanned",
        payload: { peer_addr: first.address, reason: "sent an invalid block", ban_duration_seconds: 60 },
      },
      { type: "PeerDisconnected", payload: { peer_addr: first.address, reason: "ban" } },
    ]);
    expect(() => book.connect({ ...first, address: "203.0.113.7:9" })).toThrow(
      expect.objectContaining({ code: "DEVNET_PEER_REFUSED", message: expect.stringContaining("is banned") }),
    );
    events.length = 0;
    clock.nowS = 1059;
    book.tick();
    expect(types()).toEqual([]);
    clock.nowS = 1060;
    book.tick();
    expect(types()).toEqual(["PeerUnbanned"]);
    book.connect(first);
  });

  it("tells no duration of a ban for ever, and lifts it only by hand", () => {
    const { book, clock, events, types } = bookAt(0);
    book.ban("198.51.100.1", "spam", undefined);
    expect(events[0]?.payload).toEqual({ peer_addr: "198.51.100.1", reason: "spam" });
    clock.nowS = 2 ** 31;
    book.tick();
    expect(book.bans()).toHaveLength(1);
    types();
    book.unban("198.51.100.1:18444");
    expect(types()).toEqual(["PeerUnbanned"]);
    expect(() => book.unban("198.51.100.1")).toThrow(
      expect.objectContaining({ code: "DEVNET_PEER_UNKNOWN" }),
    );
  });

  it("counts the bytes of the messages that it told, envelope included", () => {
    const { book, events } = bookAt(0);
    book.connect(first);
    book.connect(second);
    book.announce("tx", 141, undefined);
    book.bringFrom(first.address, "block", 1000);
    book.gossip(3);
    book.flood(second.address, 150);
    const sum = (type: "MessageSent" | "MessageReceived") =>
      events.reduce((bytes, event) => bytes + (event.type === type ? event.payload.message_size : 0), 0);
    expect(book.traffic).toEqual({ bytesSent: sum("MessageSent"), bytesReceived: sum("MessageReceived") });
    expect(book.traffic.bytesSent).toBe(61 * 3 + 165);
    const block = events.find(({ payload }) => "message_type" in payload && payload.message_type === "block");
    expect(block?.payload).toMatchObject({ peer_addr: first.address, message_size: 1024 });
  });

  it("announces to everybody but the one who brought it, and to nobody when nobody is there", () => {
    const { book, events, types } = bookAt(0);
    book.announce("block", 300);
    expect(events).toEqual([]);
    book.connect(first);
    book.connect(second);
    types();
    book.announce("block", 300, first.address);
    const started = events.find(({ type }) => type === "BroadcastStarted");
    expect(started?.payload).toEqual({ message_type: "inv", target_peers: 1 });
    expect(types()).toEqual([
      ...["BroadcastStarted", "MessageSent", "BroadcastCompleted", "MessageReceived", "MessageSent"],
    ]);
  });

  it("calls it a flood above twice the rate, with the rate that was measured", () => {
    const { book, events } = bookAt(0);
    book.connect(first);
    const told = (messages: number) => {
      events.length = 0;
      book.flood(first.address, messages);
      return events.slice(messages);
    };
    expect(told(100)).toEqual([]);
    const limits = { peer_addr: first.address, limit_type: "messages", limit: 100 };
    expect(told(101)).toEqual([{ type: "RateLimitExceeded", payload: { ...limits, current_rate: 101 } }]);
    expect(told(201).map(({ type }) => type)).toEqual(["RateLimitExceeded", "DoSAttackDetected"]);
    book.flood(first.address, 1e9);
    expect(events.length).toBeLessThan(1300);
  });

  it("forgets an address that wasn't told again, and tells each once", () => {
    const { book, clock, events, types } = bookAt(0, { addressLifeS: 100, maxAddresses: 5 });
    book.connect(first);
    types();
    book.gossip(4);
    expect(types()).toEqual(["MessageReceived", ...Array<string>(4).fill("AddressDiscovered")]);
    book.gossip(3);
    expect(events.filter(({ type }) => type === "AddressExpired")).toHaveLength(2);
    types();
    clock.nowS = 100;
    book.tick();
    expect(types()).toEqual(Array<string>(5).fill("AddressExpired"));
  });

  it("loses a part of the peers together and has them back, but for the banned", () => {
    const { book, events } = bookAt(0);
    for (let n = 1; n <= 4; n += 1) book.connect({ ...first, address: `192.0.2.${n}:18444` });
    const id = book.partition(0.5) ?? "";
    const cut = events.at(-1);
    if (cut?.type !== "NetworkPartition") throw new Error(`found ${cut?.type}`);
    expect(cut.payload.partition_size).toBe(2);
    expect(book.peers()).toHaveLength(2);
    const [banned = "", back] = cut.payload.disconnected_peers;
    book.ban(banned, "spam", undefined);
    book.reconnect(id);
    expect(events.at(-1)).toEqual({
      type: "NetworkReconnected",
      payload: { partition_id: cut.payload.partition_id, reconnected_peers: [back] },
    });
    expect(book.peers()).toHaveLength(3);
    const told = events.length;
    book.reconnect(id);
    expect(events).toHaveLength(told);
  });

  it.each([
    ...["", "203.0.113.7", "8.8.8.8:8333", "[2001:db8::1]", "[fe80::1%eth0]:1", "203.0.113.7:0"],
    ...["203.0.113.7:65536", "203.0.113.256:1", "localhost:1", `[${"0:".repeat(500)}]:1`, "iroh:abcd"],
  ])("pretends nobody at %j", (address) => {
    const { book, events } = bookAt(0);
    expect(() => book.connect({ ...first, address })).toThrow(
      expect.objectContaining({ code: "DEVNET_PEER_ADDRESS" }),
    );
    expect(events).toEqual([]);
  });

  it("stays within its limits and its own books, whatever is done to it", () => {
    const limits = { maxPeers: 4, maxBans: 3, maxAddresses: 5, addressLifeS: 10 };
    const address = fc.integer({ min: 1, max: 8 }).map((n) => `192.0.2.${n}:18444`);
    const call = fc.oneof(
      fc.record({ do: fc.constantFrom("connect", "disconnect", "ban", "unban"), address }),
      fc.record({ do: fc.constantFrom("gossip", "tick", "partition", "reconnect", "bring"), address }),
    );
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
        const { book, clock, events } = bookAt(0, limits);
        const partitions: string[] = [];
        for (const { do: what, address } of calls) {
          clock.nowS += 1;
          const before = events.length;
          try {
            if (what === "connect") book.connect({ ...first, address });
            if (what === "disconnect") book.disconnect(address, "manual");
            if (what === "ban") book.ban(address, "harm", 5);
            if (what === "unban") book.unban(address);
            if (what === "gossip") book.gossip(4);
            if (what === "tick") book.tick();
            if (what === "partition") partitions.push(book.partition(0.5) ?? "");
            if (what === "reconnect") book.reconnect(partitions.pop() ?? "");
            if (what === "bring") book.bring("tx", 100);
          } catch {
            expect(events).toHaveLength(before);
          }
        }
        const present = new Set<string>();
        const banned = new Set<string>();
        const known = new Set<string>();
        for (const { type, payload } of events) {
          if (type === "PeerConnected") present.add(payload.peer_addr);
          if (type === "PeerDisconnected") expect(present.delete(payload.peer_addr)).toBe(true);
          if (type === "PeerBanned") banned.add(payload.peer_addr);
          if (type === "PeerUnbanned") expect(banned.delete(payload.peer_addr)).toBe(true);
          if (type === "AddressDiscovered") known.add(payload.peer_addr);
          if (type === "AddressExpired") expect(known.delete(payload.peer_addr)).toBe(true);
          expect(present.size).toBeLessThanOrEqual(4);
          expect(banned.size).toBeLessThanOrEqual(3);
          expect(known.size).toBeLessThanOrEqual(6);
        }
        expect([...present].toSorted()).toEqual(
          book
            .peers()
            .map(({ address }) => address)
            .toSorted(),
        );
        expect(book.bans()).toHaveLength(banned.size);
      }),
      { numRuns: 300 },
    );
  });
});
