import { isIP, isIPv6 } from "node:net";
import { z } from "zod";
import type { ChainRpcMethods } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";
import type { PretendedPeer } from "../devnet-actions.js";
import { peerPlace } from "../life/peer-address.js";
import { chainMethod, noParams, textParam, wholeParam } from "./chain-method.js";
import type { Ban, DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";

const usualBanS = 86_400;
const latestTimeS = 0xff_ff_ff_ff;
/** By bit. @see https://github.com/bitcoin/bips/blob/master/bip-0159.mediawiki */
const serviceNames: readonly (readonly [bigint, string])[] = [
  [1n << 0n, "NETWORK"],
  [1n << 2n, "BLOOM"],
  [1n << 3n, "WITNESS"],
  [1n << 6n, "COMPACT_FILTERS"],
  [1n << 10n, "NETWORK_LIMITED"],
  [1n << 11n, "P2P_V2"],
];

/** The pretended peers and who is banned. @see https://developer.bitcoin.org/reference/rpc/setban.html */
export function peerMethods(deps: DevnetRpcDependencies): ChainRpcMethods {
  return {
    getpeerinfo: chainMethod({
      description: "lists the peers that the devnet pretends to have",
      params: noParams,
      run: () => deps.actions.peers().map(peerAnswer),
    }),
    setban: chainMethod({
      description: "bans a peer's IP address, or takes a ban away",
      params: z.strictObject({
        subnet: textParam("an IP address, or one with a mask of all bits", 60),
        command: z.enum(["add", "remove"]).describe("add or remove"),
        bantime: wholeParam("seconds, or a Unix time where absolute is true; 0 is a day")
          .min(0)
          .max(latestTimeS)
          .default(0),
        absolute: z.boolean().default(false).describe("whether bantime is a Unix time: true or false"),
      }),
      run({ subnet, command, bantime, absolute }) {
        const address = addressOf(subnet);
        const banned = deps.bans().find((ban) => hostOf(ban) === address);
        if (command === "remove") {
          if (banned === undefined) throw notBanned(address);
          deps.actions.unbanPeer(banned.address);
          return null;
        }
        if (banned !== undefined) throw chainErrors.CHAIN_ALREADY_BANNED({ address });
        const nowS = deps.actions.nowS();
        if (absolute && bantime <= nowS) {
          const problem = "Error: Absolute timestamp is in the past";
          throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: `a time after ${nowS}` });
        }
        const durationS = absolute ? bantime - nowS : bantime === 0 ? usualBanS : bantime;
        deps.actions.banPeer(address, "manual", durationS);
        return null;
      },
    }),
    listbanned: chainMethod({
      description: "lists the bans that hold now; one for ever has no end",
      params: noParams,
      run() {
        const nowS = deps.actions.nowS();
        return deps.bans().map((ban) => banAnswer(ban, nowS));
      },
    }),
  };
}

function peerAnswer({ address, transport, services, version, connectedSinceS }: PretendedPeer) {
  return {
    addr: address,
    // Core's word for addresses of the ranges that are for documentation.
    network: "not_publicly_routable",
    services: services.toString(16).padStart(16, "0"),
    servicesnames: serviceNames.flatMap(([bit, name]) => ((services & bit) === 0n ? [] : [name])),
    conntime: connectedSinceS,
    version,
    transport,
  };
}

function banAnswer(ban: Ban, nowS: number) {
  const host = hostOf(ban);
  const { sinceS, untilS } = ban;
  return {
    address: `${host}/${isIPv6(host) ? 128 : 32}`,
    ban_created: sinceS,
    ...(untilS === undefined
      ? {}
      : { banned_until: untilS, ban_duration: untilS - sinceS, time_remaining: Math.max(0, untilS - nowS) }),
  };
}

/** The IP address of a ban in its shortest form, without port and brackets. */
function hostOf({ address }: Ban): string {
  return peerPlace(address).host;
}

/** @throws CHAIN_BAN_REFUSED */
function addressOf(subnet: string): string {
  const [ip = "", mask] = subnet.split("/", 2);
  const all = isIPv6(ip) ? "128" : "32";
  if (
    isIP(ip) !== 0 &&
    (mask === undefined || mask === all) &&
    !subnet.includes("%") &&
    subnet.split("/").length <= 2
  ) {
    return peerPlace(ip).host;
  }
  throw chainErrors.CHAIN_BAN_REFUSED({
    problem: `Error: Invalid IP/Subnet: ${JSON.stringify(subnet)}`,
    allowed: "one IP address, such as 192.0.2.7 or 192.0.2.7/32",
  });
}

function notBanned(address: string) {
  const problem = `Error: Unban failed. Requested address/subnet was not previously manually banned: ${address}`;
  return chainErrors.CHAIN_BAN_REFUSED({ problem, allowed: "an address of listbanned" });
}
