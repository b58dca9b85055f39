import { isIPv4, isIPv6 } from "node:net";
import { chainErrors } from "../../errors.js";
import type { Random } from "./random.js";

/** Where a peer is; `host` in its shortest form and without brackets. */
export interface PeerPlace {
  readonly host: string;
  /** undefined when the text was an IP address alone, as a ban may be. */
  readonly port: number | undefined;
  /** The IP address is of a range that RFC 5737 or RFC 3849 keeps for documentation: nothing real is meant. */
  readonly isDocumentation: boolean;
  /** ip:port, IPv6 in brackets; the IP address alone where there is no port. */
  readonly address: string;
}

const documentationIpv4 = ["192.0.2.", "198.51.100.", "203.0.113."] as const;
const documentationIpv6 = "2001:db8:";
const REGTEST_PORT = 18_444;
const LONGEST_ADDRESS_CHARS = 64;

/** Reads ip:port, [ipv6]:port or an IP address. @throws DEVNET_PEER_ADDRESS */
export function peerPlace(text: string): PeerPlace {
  const [, v6, bare, portText] =
    (text.length <= LONGEST_ADDRESS_CHARS && /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text)) || [];
  const host = v6 ?? bare ?? text;
  const port = portText === undefined ? undefined : Number(portText);
  const isUsable = port === undefined || (port >= 1 && port <= 65_535);
  if (isUsable && isIPv4(host)) {
    return {
      host,
      port,
      isDocumentation: documentationIpv4.some((range) => host.startsWith(range)),
      address: port === undefined ? host : `${host}:${port}`,
    };
  }
  if (isUsable && isIPv6(host) && !host.includes("%")) {
    const shortest = new URL(`http://[${host}]`).hostname.slice(1, -1);
    return {
      host: shortest,
      port,
      isDocumentation: shortest.startsWith(documentationIpv6),
      address: port === undefined ? shortest : `[${shortest}]:${port}`,
    };
  }
  throw chainErrors.DEVNET_PEER_ADDRESS({
    found: JSON.stringify(text.slice(0, LONGEST_ADDRESS_CHARS)),
    allowed: "an IP address with or without a port",
  });
}

/** Like {@link peerPlace}, of somebody who can be pretended. @throws DEVNET_PEER_ADDRESS */
export function pretendedPlace(text: string): PeerPlace {
  const place = peerPlace(text);
  if (place.isDocumentation && place.port !== undefined) return place;
  throw chainErrors.DEVNET_PEER_ADDRESS({
    found: place.address,
    allowed: "192.0.2.x, 198.51.100.x, 203.0.113.x or [2001:db8::x] with a port",
  });
}

/** An address that a pretended peer may have; one in five is IPv6. */
export function drawAddress(random: Random): string {
  if (random.chance(0.2)) {
    const group = () => (1 + random.below(0xffff)).toString(16);
    return `[2001:db8::${group()}:${group()}]:${REGTEST_PORT}`;
  }
  const range = random.pick(documentationIpv4) ?? documentationIpv4[0];
  return `${range}${1 + random.below(254)}:${REGTEST_PORT}`;
}
