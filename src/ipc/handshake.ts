import { z } from "zod";

/** Protocol versions that this engine speaks. */
export const PROTOCOL = { min: 1, max: 1 } as const;

/** What both ends may switch on. `replay` is of the protocol, and not offered yet. */
export const FEATURES = ["ack", "gap", "filter", "timing"] as const;
export type Feature = (typeof FEATURES)[number];

const shortText = z.string().max(256);
const version = z.int().min(0).max(0xffff_ffff);

export const handshakeRequest = z.object({
  module_id: shortText,
  module_name: shortText,
  version: shortText,
  protocol: z.object({ min: version, max: version }),
  features: z.array(shortText).max(64),
  token: z.string().max(256).nullish(),
});
export type HandshakeRequest = z.output<typeof handshakeRequest>;

export const handshakeAck = z.object({
  node_version: z.string(),
  protocol: z.int(),
  features: z.array(z.string()),
  max_frame_bytes: z.int().positive(),
  capacity: z.int().positive(),
  window: z.int().positive(),
  heartbeat_ms: z.int().positive(),
  resume_token: z.string().nullish(),
});
/** The host's answer to a handshake: the limits that hold on this connection. */
export type HandshakeAck = z.output<typeof handshakeAck>;

/** The highest version that both ends speak, or undefined. */
export function commonVersion(theirs: { min: number; max: number }): number | undefined {
  const highest = Math.min(theirs.max, PROTOCOL.max);
  return highest >= Math.max(theirs.min, PROTOCOL.min) ? highest : undefined;
}

export function commonFeatures(theirs: readonly string[]): Feature[] {
  return FEATURES.filter((feature) => theirs.includes(feature));
}
