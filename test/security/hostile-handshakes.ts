import { concat, frame, header, hex, pack } from "../kit/ipc-bytes.js";
import { type Attacker, type ByteFault, closing } from "./byte-fault.js";
import { drip } from "./drip.js";

/** Sends a Handshake that is right but for `changes`; `token` is the path's. */
function greet({ client, module }: Attacker, changes: Readonly<Record<string, unknown>>): void {
  client.request(7, "Handshake", module.handshake({ token: module.endpoint.token, ...changes }));
}

function badGreeting(
  id: string,
  input: string,
  code: string,
  changes: Readonly<Record<string, unknown>>,
): ByteFault {
  return { ...closing(id, input, code, (attacker) => greet(attacker, changes)), lastId: 7 };
}

/** Inputs in place of a handshake. */
export const handshakeFaults: readonly ByteFault[] = [
  closing("H01", "a length prefix of 0", "BAD_FRAME", ({ client }) => client.sendBytes(header(0))),
  closing("H02", "a length prefix of 2^32 - 1", "FRAME_TOO_LARGE", ({ client }) =>
    client.sendBytes(header(0xffff_ffff)),
  ),
  {
    ...closing("H03", "a length prefix one above the limit", "FRAME_TOO_LARGE", ({ client }) =>
      client.sendBytes(header(2049)),
    ),
    ipc: { max_frame_bytes: 2048 },
    details: { bytes: 2049, limitBytes: 2048 },
  },
  {
    ...closing("H05", "half a frame, then silence", "SLOW_FRAME", ({ client }) =>
      client.sendBytes(frame(pack([0, 1])).subarray(0, 5)),
    ),
    ipc: { frame_timeout_ms: 100 },
  },
  {
    ...closing("H06", "a frame that comes byte by byte and never ends", "SLOW_FRAME", ({ client }) => {
      client.sendBytes(header(1000));
      drip(client);
    }),
    ipc: { frame_timeout_ms: 100 },
  },
  {
    ...closing("H07", "a frame of random bytes", "BAD_HANDSHAKE", ({ client }) =>
      client.sendBytes(frame(hex("c1 de ad be ef 73 65 63 72 65 74"))),
    ),
    secret: "secret",
  },
  {
    ...closing("H07", "text where a frame should be", "BAD_HANDSHAKE", ({ client }) =>
      client.sendBytes(concat(header(8), Buffer.from("a secret"))),
    ),
    secret: "secret",
  },
  closing("H07", "a message that is no request", "BAD_HANDSHAKE", ({ client }) => client.send(7, 1)),
  closing("H07", "a request with the id 0", "BAD_HANDSHAKE", ({ client }) => client.request(0, "Handshake")),
  {
    ...closing("H09", "silence", "HANDSHAKE_TIMEOUT", ({ client, door }) => {
      // On the descriptor the clock starts with the first byte: the process may take its time to start.
      if (door === "fd") client.sendBytes(hex("00"));
    }),
    ipc: { handshake_timeout_ms: 100 },
    details: { timeoutMs: 100 },
  },
  closing("H29", "a list of 2^32 - 1 elements", "BAD_HANDSHAKE", ({ client }) =>
    client.sendBytes(frame(hex("dd ff ff ff ff"))),
  ),
  {
    ...closing("H11", "another request", "NOT_READY", ({ client }) => client.request(3, "GetChainTip")),
    lastId: 3,
  },
  badGreeting("H12", "another module's id", "IDENTITY_MISMATCH", { module_id: `other_${"0".repeat(32)}` }),
  badGreeting("H12", "another module's name", "IDENTITY_MISMATCH", { module_name: "bystander" }),
  badGreeting("H12", "another version than the manifest's", "IDENTITY_MISMATCH", { version: "9.9.9" }),
  {
    ...badGreeting("H16", "protocol versions that are too new", "VERSION_UNSUPPORTED", {
      protocol: { min: 2, max: 9 },
    }),
    details: { min: 2, max: 9, supportedMin: 1, supportedMax: 1 },
  },
  badGreeting("H16", "a protocol version that is too old", "VERSION_UNSUPPORTED", {
    protocol: { min: 0, max: 0 },
  }),
  badGreeting("H16", "a range of versions upside down", "VERSION_UNSUPPORTED", {
    protocol: { min: 3, max: 1 },
  }),
  badGreeting("H34", "a protocol version that is no integer", "BAD_HANDSHAKE", {
    protocol: { min: 1, max: 1.5 },
  }),
  badGreeting("H35", "a name of the wrong type", "BAD_HANDSHAKE", { module_name: 42 }),
  badGreeting("H35", "an id of 300 characters", "BAD_HANDSHAKE", { module_id: "m".repeat(300) }),
  badGreeting("H35", "65 features", "BAD_HANDSHAKE", {
    features: Array.from({ length: 65 }, (_, n) => `f${n}`),
  }),
  badGreeting("H35", "no protocol at all", "BAD_HANDSHAKE", { protocol: undefined }),
];
