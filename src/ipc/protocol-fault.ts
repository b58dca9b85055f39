/** What a module can do against the protocol; a closed list, as labels need it. */
export const protocolFaults = [
  "frame_too_large",
  "bad_frame",
  "slow_frame",
  "bad_msgpack",
  "bad_schema",
  "body_limit",
  "handshake",
  "identity",
  "version",
  "unexpected",
  "unread_answers",
] as const;

export type ProtocolFault = (typeof protocolFaults)[number];

/** Faults of a body are told where it is read: their code alone doesn't say which they are. */
const byCode: ReadonlyMap<string, ProtocolFault> = new Map([
  ["FRAME_TOO_LARGE", "frame_too_large"],
  ["BAD_FRAME", "bad_frame"],
  ["SLOW_FRAME", "slow_frame"],
  ["BAD_HANDSHAKE", "handshake"],
  ["HANDSHAKE_TIMEOUT", "handshake"],
  ["NOT_READY", "handshake"],
  ["IDENTITY_MISMATCH", "identity"],
  ["BAD_TOKEN", "identity"],
  ["VERSION_UNSUPPORTED", "version"],
  ["PROTOCOL_ERROR", "unexpected"],
  ["UNREAD_ANSWERS", "unread_answers"],
]);

/** The fault behind an error code; undefined where the code is none of a fault, or is that of a body. */
export function protocolFaultOf(code: string): ProtocolFault | undefined {
  return byCode.get(code);
}
