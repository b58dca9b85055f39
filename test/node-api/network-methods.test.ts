import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ipAndPort, peerAddress } from "../../src/node-api/chain/peer-address.js";
import { bareDependencies, createNodeApi } from "../../src/node-api/index.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { ScriptedSource, scriptedPeers } from "../kit/scripted-source.js";
import { answerOf, askChain, refusedOf } from "./ask-chain.js";
import { askAndWait } from "./start-api.js";

const key = "0a".repeat(32);
const packet_data = Uint8Array.of(1, 2, 3);

describe("the address of a peer", () => {
  it.each([
    ["192.0.2.1:8333", "192.0.2.1:8333"],
    ["[2001:db8::1]:8333", "[2001:db8::1]:8333"],
    ["[2001:DB8:0:0::1]:1", "[2001:db8::1]:1"],
    ["[::ffff:192.0.2.1]:65535", "[::ffff:192.0.2.1]:65535"],
  ])("%s is %s", (text, address) => {
    expect(ipAndPort(text)).toBe(address);
    expect(peerAddress(text)).toEqual({ transport: undefined, addr: address });
    expect(peerAddress(`tcp:${text}`)).toEqual({ transport: "tcp", addr: address });
    expect(peerAddress(`quinn:${text}`)).toEqual({ transport: "quinn", addr: address });
  });

  it("may be a key of iroh, in small letters from then on, but not for a ban", async () => {
    expect(peerAddress(`iroh:${key.toUpperCase()}`)).toEqual({ transport: "iroh", addr: `iroh:${key}` });
    expect((await refusedOf("BanPeer", { peer_addr: `iroh:${key}` })).code).toBe("INVALID_PARAMS");
    expect((await refusedOf("BanPeer", { peer_addr: "tcp:192.0.2.1:8333" })).code).toBe("INVALID_PARAMS");
  });

  it.each([
    "",
    "192.0.2.1",
    "192.0.2.1:",
    "192.0.2.1:0",
    "192.0.2.1:65536",
    "192.0.2.1:08333",
    "192.0.2.1:8333 ",
    "192.0.2.1:8333\n",
    "192.0.2.01:8333",
    "192.0.2.256:8333",
    "192.0.2:8333",
    "2001:db8::1:8333",
    "[2001:db8::1]",
    "[2001:db8::1%eth0]:8333",
    "[192.0.2.1]:8333",
    "[::1:8333",
    "localhost:8333",
    "node.example:8333",
    "TCP:192.0.2.1:8333",
    "tcp:tcp:192.0.2.1:8333",
    "udp:192.0.2.1:8333",
    "tcp:",
    "iroh:",
    `iroh:${key}0`,
    `iroh:${"g".repeat(64)}`,
    `quinn:iroh:${key}`,
  ])("is not %j", async (peer_addr) => {
    for (const [name, more] of [
      ["BanPeer", {}],
      ["SendMeshPacketToPeer", { packet_data }],
      ["SendStratumV2MessageToPeer", { message_data: packet_data }],
    ] as const) {
      const refusal = await refusedOf(name, { peer_addr, ...more });
      expect(refusal).toMatchObject({ code: "INVALID_PARAMS", details: { field: "peer_addr" } });
      expectThreeParts(refusal.message);
    }
  });

  it("is read again as it was read, and never crashes", () => {
    const read = (text: string) => {
      try {
        return peerAddress(text);
      } catch (error) {
        expect(error).toMatchObject({ code: "INVALID_PARAMS" });
        return undefined;
      }
    };
    const text = fc.oneof(
      fc.string(),
      fc.tuple(fc.ipV4(), fc.nat(70_000)).map(([ip, port]) => `${ip}:${port}`),
      fc.tuple(fc.ipV6(), fc.nat(70_000)).map(([ip, port]) => `[${ip}]:${port}`),
      fc.tuple(fc.ipV6(), fc.nat(70_000)).map(([ip, port]) => `quinn:[${ip}]:${port}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        const address = read(given);
        if (address === undefined || address.transport === "iroh") return;
        expect(read(address.addr)).toEqual({ ...address, transport: undefined });
      }),
      { numRuns: 500 },
    );
  });
});

describe("BanPeer", () => {
  it.each([
    ["for ever without a time", undefined, "ever"],
    ["for ever with a time of 0", 0, "ever"],
    ["for an hour", 3600, "3600"],
  ])("bans %s", async (_what, seconds, told) => {
    const payload = {
      peer_addr: "192.0.2.1:8333",
      ...(seconds === undefined ? {} : { ban_duration_seconds: seconds }),
    };
    const { answers, effects } = await askChain("BanPeer", payload);
    expect([answers, effects]).toEqual([[true], [`ban 192.0.2.1:8333 for ${told}`]]);
  });

  it("says when nothing changed, however the address is spelled", async () => {
    const chain = ScriptedSource.played();
    const ban = async (peer_addr: string) =>
      (await askAndWait("BanPeer", { peer_addr }, { capabilities: ["network_access"], deps: { chain } }))
        .answers;
    expect(await ban("[2001:db8::1]:8333")).toEqual([true]);
    expect(await ban("[2001:DB8:0::0:1]:8333")).toEqual([false]);
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN, "60"])("refuses a time of %s", async (ban_duration_seconds) => {
    const refusal = await refusedOf("BanPeer", { peer_addr: "192.0.2.1:8333", ban_duration_seconds });
    expect(refusal.code).toMatch(/^(RANGE_ERROR|INVALID_PARAMS)$/);
  });
});

describe("a packet", () => {
  it("reaches the peer of each kind of address", async () => {
    for (const { addr, transport_type } of scriptedPeers) {
      const { answers, effects } = await askChain("SendMeshPacketToPeer", { peer_addr: addr, packet_data });
      expect(answers).toEqual([true]);
      expect(effects).toEqual([expect.stringContaining("packet of 3 bytes to")]);
      const peer_addr = addr.startsWith("iroh:") ? addr : `${transport_type}:${addr}`;
      const sent = await askChain("SendStratumV2MessageToPeer", { peer_addr, message_data: packet_data });
      expect(sent.effects).toEqual([`payload of 3 bytes to ${transport_type} ${addr}`]);
    }
  });

  it("is not sent to who is not connected, or not over this transport", async () => {
    for (const peer_addr of ["192.0.2.9:8333", "quinn:192.0.2.1:8333", `iroh:${"0b".repeat(32)}`]) {
      const { answers, effects } = await askChain("SendMeshPacketToPeer", { peer_addr, packet_data });
      expect([answers, effects]).toEqual([[false], []]);
    }
  });

  it("of more than 4 MiB is refused", async () => {
    const big = new Uint8Array(4 * 1024 * 1024 + 1);
    const refusal = await refusedOf("SendMeshPacketToPeer", {
      peer_addr: "192.0.2.1:8333",
      packet_data: big,
    });
    expect(refusal).toMatchObject({ code: "INVALID_PARAMS", details: { field: "packet_data" } });
  });
});

describe.each([
  ["blocks", "BlockServe", "block_hashes"],
  ["transactions", "TxServe", "tx_hashes"],
] as const)("the deny list of %s", (_what, list, field) => {
  const hashes = (count: number) =>
    Array.from({ length: count }, (_, index) => ((index * 7919) % 100_003).toString(16).padStart(64, "0"));

  async function session() {
    const chain = ScriptedSource.played();
    const api = createNodeApi(bareDependencies({ chain, publish: () => 1 }));
    const run = async (name: string, payload: object = {}) => {
      const capabilities = ["read_network", "network_access"] as const;
      const { answers, refusals } = await askAndWait(name, payload, { capabilities, api });
      return answers.length > 0 ? answers[0] : refusals[0]?.code;
    };
    return {
      merge: (given: unknown) => run(`Merge${list}Denylist`, { [field]: given }),
      replace: (given: unknown) => run(`Replace${list}Denylist`, { [field]: given }),
      clear: () => run(`Clear${list}Denylist`),
      snapshot: () => run(`Get${list}DenylistSnapshot`),
    };
  }

  it("is merged, replaced and cleared, and says whether anything changed", async () => {
    const { merge, replace, clear, snapshot } = await session();
    const [a, b, c] = hashes(3).toSorted() as [string, string, string];
    expect(await clear()).toBe(false);
    expect(await merge([c, a, c])).toBe(null);
    expect(await snapshot()).toEqual({ total_count: 2, truncated: false, hashes: [a, c] });
    expect(await merge([])).toBe(null);
    expect(await replace([c, a])).toBe(false);
    expect(await replace([b])).toBe(true);
    expect(await snapshot()).toEqual({ total_count: 1, truncated: false, hashes: [b] });
    expect(await clear()).toBe(true);
    expect(await snapshot()).toEqual({ total_count: 0, truncated: false, hashes: [] });
  });

  it.each([4095, 4096, 4097, 50_000])(
    "of %i hashes shows at most 4096, sorted, and counts all",
    async (count) => {
      const { replace, snapshot } = await session();
      const all = hashes(count);
      expect(await replace(all)).toBe(true);
      expect(await snapshot()).toEqual({
        total_count: count,
        truncated: count > 4096,
        hashes: all.toSorted().slice(0, 4096),
      });
    },
  );

  it("takes at most 50,000 hashes at once, each of them right", async () => {
    const { merge, replace, snapshot } = await session();
    for (const wrong of [hashes(50_001), ["0f"], [key.toUpperCase()], [1], key, null, undefined]) {
      expect(await merge(wrong)).toBe("INVALID_PARAMS");
      expect(await replace(wrong)).toBe("INVALID_PARAMS");
    }
    expect(await snapshot()).toMatchObject({ total_count: 0 });
  });

  it.each([
    ["unsorted", { totalCount: 2, hashes: ["b".repeat(64), "a".repeat(64)] }],
    ["with one twice", { totalCount: 2, hashes: ["a".repeat(64), "a".repeat(64)] }],
    ["shorter than its count", { totalCount: 2, hashes: ["a".repeat(64)] }],
    ["longer than its count", { totalCount: 0, hashes: ["a".repeat(64)] }],
    ["of something else", { totalCount: 1, hashes: ["a"] }],
  ])("that a source gives %s is found out", async (_how, given) => {
    const denylist = {
      merge: async () => {},
      clear: async () => false,
      replace: async () => false,
      snapshot: async () => given,
    };
    const lists = { blockDenylist: denylist, transactionDenylist: denylist };
    expect((await refusedOf(`Get${list}DenylistSnapshot`, {}, lists)).code).toBe("BAD_SOURCE_ANSWER");
  });
});

describe("the network", () => {
  it("tells peers with all 64 service bits", async () => {
    expect(await answerOf("GetNetworkPeers", {})).toEqual(scriptedPeers);
    expect(await answerOf("GetNetworkStats", {})).toMatchObject({ peer_count: 3 });
  });

  it("switches maintenance on and off, once each", async () => {
    const chain = ScriptedSource.played();
    const set = async (enabled: boolean) =>
      (
        await askAndWait(
          "SetBlockServeMaintenanceMode",
          { enabled },
          { capabilities: ["network_access"], deps: { chain } },
        )
      ).answers[0];
    const changes: unknown[] = [];
    for (const enabled of [false, true, true, false]) changes.push(await set(enabled));
    expect(changes).toEqual([false, true, false, true]);
  });
});
