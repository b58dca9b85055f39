import { isIPv4, isIPv6, SocketAddress } from "node:net";
import type { PeerAddress } from "../../chain/index.js";
import { nodeApiErrors } from "../errors.js";

const HOST_AND_PORT = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15})):([1-9][0-9]{0,4})$/;
const TRANSPORT = /^(tcp|quinn):(.*)$/s;
const IROH = /^iroh:([0-9a-fA-F]{64})$/;

/**
 * The address of a peer that is banned: ip:port, an IPv6 address in brackets and in its shortest form.
 * @throws INVALID_PARAMS
 */
export function ipAndPort(text: string): string {
  const found = shortestForm(text);
  if (found !== undefined) return found;
  throw invalid("allowed is ip:port, such as 192.0.2.1:8333 or [2001:db8::1]:8333");
}

/**
 * The address of a peer that something is sent to.
 * @throws INVALID_PARAMS
 */
export function peerAddress(text: string): PeerAddress {
  const key = IROH.exec(text)?.[1];
  if (key !== undefined) return { transport: "iroh", addr: `iroh:${key.toLowerCase()}` };
  const [, transport, rest = text] = TRANSPORT.exec(text) ?? [];
  const addr = shortestForm(rest);
  if (addr !== undefined) return { transport: transport as "tcp" | "quinn" | undefined, addr };
  throw invalid("allowed are ip:port, tcp:ip:port, quinn:ip:port and iroh: with 64 hex characters");
}

// One peer has one address, however it is spelled: a ban of [::0:1]:8333 is one of [::1]:8333.
function shortestForm(text: string): string | undefined {
  const [, inBrackets, v4, digits] = HOST_AND_PORT.exec(text) ?? [];
  const port = Number(digits);
  if (!(port <= 65_535)) return undefined;
  if (v4 !== undefined && isIPv4(v4)) return `${v4}:${port}`;
  if (inBrackets === undefined || !isIPv6(inBrackets)) return undefined;
  return `[${new SocketAddress({ address: inBrackets, family: "ipv6" }).address}]:${port}`;
}

function invalid(allowed: string) {
  return nodeApiErrors.INVALID_PARAMS({ field: "peer_addr", problem: `found something else, ${allowed}` });
}
