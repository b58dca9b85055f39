import { isIP } from "node:net";
import type { HttpOptions } from "./options.js";

/** Whether a host name or address can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  if (isIP(name) === 4) return name.startsWith("127.");
  return name === "::1" || name === "::ffff:127.0.0.1";
}

/**
 * Whether a request with this Host header may be answered. On loopback, a page of another site could reach this
 * server under its own name (DNS rebinding); such a request carries that name. A server that was opened to the
 * network takes any name, unless `allowed_hosts` lists some.
 */
export function isHostAllowed(header: string | undefined, { host, allowed_hosts }: HttpOptions): boolean {
  if (!isLoopback(host) && allowed_hosts.length === 0) return true;
  const name = header === undefined ? undefined : hostName(header);
  if (name === undefined) return false;
  return isLoopback(name) || [host, ...allowed_hosts].some((allowed) => allowed.toLowerCase() === name);
}

/** The name without port and brackets, in lower case; undefined when the header is malformed. */
function hostName(header: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\\@\s]+))(?::\d{1,5})?$/.exec(header);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
