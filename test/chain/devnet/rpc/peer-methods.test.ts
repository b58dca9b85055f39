import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordedPeers } from "./recorded-session.js";
import { startDevnet, type TestDevnet } from "./start-devnet.js";

describe("peers and bans over JSON-RPC", () => {
  let devnet: TestDevnet;
  beforeAll(async () => {
    devnet = await startDevnet();
    await devnet.ask("setmocktime", 1_900_000_000);
    const peer = { transport: "tcp", services: 1033n, version: 70_016 } as const;
    devnet.source.actions.connectPeer({ ...peer, address: "203.0.113.7:18444" });
    devnet.source.actions.connectPeer({ ...peer, address: "[2001:db8::7]:18444" });
  });
  afterAll(() => devnet[Symbol.asyncDispose]());

  it("lists the peers with what is true of them", async () => {
    const common = { services: "0000000000000409", servicesnames: ["NETWORK", "WITNESS", "NETWORK_LIMITED"] };
    const rest = {
      ...common,
      network: "not_publicly_routable",
      version: 70_016,
      conntime: 1_900_000_000,
      transport: "tcp",
    };
    expect(await devnet.ask("getpeerinfo")).toEqual([
      { addr: "203.0.113.7:18444", ...rest },
      { addr: "[2001:db8::7]:18444", ...rest },
    ]);
  });

  it("tells of a peer and of a ban no more than a real node, but over what it is connected", async () => {
    const [peer = {}] = await devnet.ask<object[]>("getpeerinfo");
    const typesOf = (value: object) => Object.entries(value).map(([name, each]) => `${name}: ${typeof each}`);
    const real = typesOf(recordedPeers("getpeerinfo"));
    expect(typesOf(peer).filter((field) => !real.includes(field))).toEqual(["transport: string"]);
    await devnet.ask("setban", "192.0.2.1", "add", 1);
    const [banned = {}] = await devnet.ask<object[]>("listbanned");
    expect(typesOf(banned)).toEqual(typesOf(recordedPeers("listbanned")));
    await devnet.ask("setban", "192.0.2.1", "remove");
  });

  it("bans for a day, for seconds or until a time, disconnects who is banned, and takes bans back", async () => {
    await devnet.ask("setban", "203.0.113.7", "add");
    await devnet.ask("setban", "198.51.100.9/32", "add", 60);
    await devnet.ask("setban", "2001:db8::7/128", "add", 1_900_000_500, true);
    expect(await devnet.ask("getpeerinfo")).toEqual([]);
    const ban = (address: string, lastsS: number) => ({
      address,
      ban_created: 1_900_000_000,
      banned_until: 1_900_000_000 + lastsS,
      ban_duration: lastsS,
      time_remaining: lastsS,
    });
    expect(await devnet.ask("listbanned")).toEqual([
      ban("203.0.113.7/32", 86_400),
      ban("198.51.100.9/32", 60),
      ban("2001:db8::7/128", 500),
    ]);
    await devnet.ask("setban", "203.0.113.7", "remove");
    await devnet.ask("setmocktime", 1_900_000_100);
    expect(await devnet.ask("listbanned")).toMatchObject([
      { address: "2001:db8::7/128", time_remaining: 400 },
    ]);
  });

  it("lists a ban for ever without an end", async () => {
    devnet.source.actions.banPeer("203.0.113.99", "test", undefined);
    const bans = await devnet.ask<object[]>("listbanned");
    expect(bans.at(-1)).toEqual({ address: "203.0.113.99/32", ban_created: expect.any(Number) });
  });

  it.each([
    [["nobody", "add"], -30, "Error: Invalid IP/Subnet"],
    [["203.0.113.0/24", "add"], -30, "Error: Invalid IP/Subnet"],
    [["203.0.113.1/32/32", "add"], -30, "Error: Invalid IP/Subnet"],
    [["203.0.113.50", "remove"], -30, "Error: Unban failed."],
    [["2001:db8:0::7", "add"], -23, "Error: IP/Subnet already banned"],
    [["203.0.113.51", "add", 5, true], -8, "Error: Absolute timestamp is in the past"],
    [["203.0.113.51", "ban"], -32_602, "params.command of setban"],
    [["203.0.113.51", "add", -1], -32_602, "params.bantime of setban"],
  ])("setban %j is refused with %i", async (params, number, words) => {
    const [code, message] = await devnet.refusal("setban", ...params);
    expect([code, message.slice(0, words.length)]).toEqual([number, words]);
  });
});
