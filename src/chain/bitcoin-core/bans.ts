import { BlockList, isIP } from "node:net";
import { countIn, listOf, numberIn, textIn } from "./answer-field.js";
import { notUnderstood } from "./node-blocks.js";

/** An entry of the node's ban list. */
export interface Ban {
  /** Without prefix length where a single address is banned. */
  readonly address: string;
  /** Unix time in seconds. */
  readonly createdS: number;
  /** undefined for ever. */
  readonly durationS: number | undefined;
  /** For a person to read. */
  readonly reason: string;
}

/** The last second of the year 9999: a ban that is meant for ever ends then, for Core's list knows no other. */
export const foreverS = 253_402_300_799;

/** By subnet as the node writes it. An entry that isn't one is left out. */
export function bansOf(answer: unknown): ReadonlyMap<string, Ban> {
  if (!Array.isArray(answer)) throw notUnderstood("listbanned");
  const bans = new Map<string, Ban>();
  for (const fields of listOf(answer)) {
    const subnet = textIn(fields, "address");
    const untilS = numberIn(fields, "banned_until");
    if (subnet === undefined || subnet === "" || untilS === undefined) continue;
    const createdS = countIn(fields, "ban_created") ?? 0;
    const durationS = countIn(fields, "ban_duration") ?? Math.max(0, untilS - createdS);
    bans.set(subnet, {
      address: subnet.replace(/^([^:]+)\/32$|^(.+:.*)\/128$/, "$1$2"),
      createdS,
      durationS: untilS >= foreverS ? undefined : durationS,
      // Since 0.20 Core itself bans nobody: what is on the list was put there by hand.
      reason: textIn(fields, "ban_reason") || "put on the node's ban list (setban)",
    });
  }
  return bans;
}

/** Tells whether a peer's address (ip:port) lies in one of the banned subnets. Made once for many peers. */
export function banFilter(subnets: readonly string[]): (addr: string) => boolean {
  const single = new Set(subnets.filter((subnet) => !subnet.includes("/")));
  const list = new BlockList();
  for (const subnet of subnets) addSubnet(list, subnet);
  return (addr) => {
    const host = hostOf(addr);
    const version = isIP(host);
    return single.has(host) || (version !== 0 && list.check(host, version === 6 ? "ipv6" : "ipv4"));
  };
}

/** The address without its port and brackets. */
export function hostOf(addr: string): string {
  const bracketed = /^\[(.+)\](?::\d+)?$/.exec(addr)?.[1];
  if (bracketed !== undefined) return bracketed;
  return isIP(addr) === 6 ? addr : addr.replace(/:\d+$/, "");
}

function addSubnet(list: BlockList, subnet: string): void {
  const [address = "", prefix] = subnet.split("/");
  const version = isIP(address);
  const bits = Number(prefix ?? (version === 4 ? 32 : 128));
  // Core writes a netmask that is no prefix as such; nobody can tell then without guessing.
  if (version === 0 || !Number.isInteger(bits) || bits < 0 || bits > (version === 4 ? 32 : 128)) return;
  list.addSubnet(address, bits, version === 6 ? "ipv6" : "ipv4");
}
