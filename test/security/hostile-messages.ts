import { listOf, mapOf, requestBody } from "../kit/ipc-body.js";
import { concat, frame, header, hex, nestedArrays, pack } from "../kit/ipc-bytes.js";
import { answered, type ByteFault, closing } from "./byte-fault.js";
import { drip } from "./drip.js";

function body(id: string, input: string, code: string, bytes: Uint8Array, lastId = 0): ByteFault {
  return answered(id, input, code, ({ client }) => client.sendBytes(frame(bytes)), lastId);
}

/** The body of a request, id 5, that takes exactly so many bytes. */
function paddedRequest(bytes: number): Uint8Array {
  const bare = requestBody(5, "GetChainTip", mapOf(["padding", hex("c5 0000")])).length;
  const padding = Buffer.alloc(bytes - bare);
  const binary = concat(hex("c5"), header(padding.length).subarray(2), padding);
  return requestBody(5, "GetChainTip", mapOf(["padding", binary]));
}

const wrongKinds: readonly ByteFault[] = [
  ["an answer", [1, 1, true, null]],
  ["an event", [2, 1, 1, "NewBlock", {}, "node"]],
  ["an invocation", [4, 1, "stop", {}]],
  ["a gap", [6, 1, 2, 2, "channel_full"]],
  ["the result of a call that was never made", [5, 17, true, null]],
  ["the result of the call 0", [5, 0, true, null]],
].map(([what, message]) => body("H19", `${what} from a module`, "PROTOCOL_ERROR", pack(message)));

const lengthFaults: readonly ByteFault[] = [
  closing("H01", "a length prefix of 0", "BAD_FRAME", ({ client }) => client.sendBytes(header(0))),
  closing("H02", "a length prefix of 2^32 - 1", "FRAME_TOO_LARGE", ({ client }) =>
    client.sendBytes(header(0xffff_ffff)),
  ),
  {
    ...closing("H03", "a length prefix one above the limit", "FRAME_TOO_LARGE", ({ client }) =>
      client.sendBytes(header(2049)),
    ),
    ipc: { max_frame_bytes: 2048 },
  },
  {
    ...answered("H03", "a request of exactly the limit", "", async ({ client }) => {
      client.sendBytes(frame(paddedRequest(2048)));
      await client.answer(5);
    }),
    codes: [],
    ipc: { max_frame_bytes: 2048 },
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
    ipc: { frame_timeout_ms: 150 },
  },
];

/** What is counted behind the first byte of each kind of value that may be so long. */
const LENGTHS = { dd: "element count", df: "element count", c6: "binary length", db: "text length" };

const unreadable: readonly ByteFault[] = [
  body("H08", "a body of random bytes", "DECODE_ERROR", hex("c1 de ad be ef")),
  {
    ...closing("H08", "three bodies of random bytes", "DECODE_ERROR", ({ client }) => {
      for (let n = 0; n < 5; n++) client.sendBytes(frame(hex("c1")));
    }),
    codes: ["DECODE_ERROR", "DECODE_ERROR", "DECODE_ERROR"],
  },
  {
    ...closing("H08", "faults of both kinds, with good requests between", "LIMIT", ({ client }) => {
      client.sendBytes(frame(hex("c1")));
      client.request(2, "GetChainTip");
      client.sendBytes(frame(nestedArrays(33)));
      client.request(3, "GetChainTip");
      client.sendBytes(frame(nestedArrays(33)));
    }),
    codes: ["DECODE_ERROR", "LIMIT", "LIMIT"],
  },
  ...Object.entries(LENGTHS).map(([first, what]) => ({
    ...body("H29", `a declared length of 2^32 - 1 after byte 0x${first}`, "LIMIT", hex(`${first} ffffffff`)),
    details: { what: `declared ${what}` },
  })),
  body("H29", "such a list inside a request", "LIMIT", requestBody(1, "GetChainTip", hex("dd ffffffff"))),
  body(
    "H30",
    "9 KB of lists within lists",
    "LIMIT",
    concat(...Array.from({ length: 3000 }, () => hex("dc 0001")), hex("c0")),
  ),
  body("H30", "100,001 elements", "LIMIT", concat(hex("dd 000186a1"), Buffer.alloc(100_001, 0xc0))),
  body("H31", "a million lists within one another", "LIMIT", nestedArrays(1_000_000)),
  ...["__proto__", "constructor", "prototype"].map((key) =>
    body(
      "H32",
      `the key ${key}`,
      "DECODE_ERROR",
      requestBody(1, "GetChainTip", mapOf([key, pack({ polluted: true })])),
    ),
  ),
  body(
    "H33",
    "the same key twice",
    "DECODE_ERROR",
    requestBody(1, "GetChainTip", mapOf(["a", pack(1)], ["a", pack(2)])),
  ),
  body(
    "H33",
    "the same key twice among forty",
    "DECODE_ERROR",
    requestBody(
      1,
      "GetChainTip",
      concat(hex("de 0028"), ...Array.from({ length: 40 }, (_, n) => concat(pack(`k${n % 39}`), pack(n)))),
    ),
  ),
  body("H33", "a byte behind the message", "DECODE_ERROR", concat(pack([8, 1]), hex("c0"))),
  body("H33", "text that is not UTF-8", "DECODE_ERROR", requestBody(1, "GetChainTip", hex("a2 c3 28"))),
  body(
    "H33",
    "half a surrogate pair as text",
    "DECODE_ERROR",
    requestBody(1, "GetChainTip", hex("a3 ed a0 80")),
  ),
  body("H33", "an extension type", "DECODE_ERROR", requestBody(1, "GetChainTip", hex("d4 01 00"))),
  body("H33", "a timestamp extension", "DECODE_ERROR", requestBody(1, "GetChainTip", hex("d6 ff 00000000"))),
  body("H33", "a key that is a number", "DECODE_ERROR", requestBody(1, "GetChainTip", hex("81 01 02"))),
  body(
    "H34",
    "a request id above 2^53",
    "DECODE_ERROR",
    listOf(pack(0), hex("cf ffffffffffffffff"), pack("GetChainTip")),
  ),
  body("H20", "a kind of message that doesn't exist", "DECODE_ERROR", pack([10, 1])),
  body("H20", "a log of a level that doesn't exist", "DECODE_ERROR", pack([3, "fatal", "t", "m", 1])),
  body("H34", "a request id that is no integer", "DECODE_ERROR", pack([0, 1.5, "GetChainTip", {}])),
  body("H34", "an acknowledgement of -1", "DECODE_ERROR", pack([7, -1])),
];

const protocolFaults: readonly ByteFault[] = [
  {
    ...closing("H10", "a second Handshake", "PROTOCOL_ERROR", ({ client, module }) =>
      client.request(9, "Handshake", module.handshake()),
    ),
    lastId: 9,
  },
  ...wrongKinds,
  {
    ...closing("H19", "a hundred messages in the wrong direction", "PROTOCOL_ERROR", ({ client }) => {
      for (let n = 0; n < 120; n++) client.send(1, n, true, null);
    }),
    codes: Array.from({ length: 100 }, () => "PROTOCOL_ERROR"),
  },
  closing("H19", "an acknowledgement of what was never sent", "PROTOCOL_ERROR", ({ client }) =>
    client.send(7, 1000),
  ),
];

/** What a module may send that passed its handshake. */
export const messageFaults: readonly ByteFault[] = [...lengthFaults, ...unreadable, ...protocolFaults];
