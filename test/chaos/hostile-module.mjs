// A module that subscribes by hand like an honest one and then does the worst of one kind, as `behaviour` names it.
import { randomBytes } from "node:crypto";
import { Socket } from "node:net";
import { Encoder } from "@msgpack/msgpack";

const KIND = { request: 0, log: 3 };
const MIB = 1024 * 1024;
const { MODULE_ID, MODULE_NAME, MODULE_CONFIG_VERSION, MODULE_CONFIG_BEHAVIOUR } = process.env;
const socket = new Socket({ fd: 3, readable: true, writable: true });
const encoder = new Encoder({ initialBufferSize: 16 * MIB });

function framed(body) {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32BE(body.length);
  bytes.set(body, 4);
  return bytes;
}

const frame = (...message) => framed(encoder.encode(message));

/** Writes one frame after the other for as long as the host takes them. */
function pour(next, stream = socket) {
  while (!stream.destroyed && stream.write(next()));
  stream.once("drain", () => pour(next, stream));
}

function reading() {
  socket.resume();
}

const behaviours = {
  neverReads() {
    socket.pause();
  },
  floodsLogs() {
    reading();
    const line = frame(KIND.log, "warn", "flood", "\u001b[31m red\n".repeat(50), Date.now(), { n: 1 });
    pour(() => line);
    pour(() => "x".repeat(10_000), process.stdout);
    pour(() => "y\n".repeat(5000), process.stderr);
  },
  floodsRequests() {
    reading();
    let id = 2;
    pour(() => frame(KIND.request, ++id, "GetChainInfo", {}));
  },
  breaksFrames() {
    const bytes = frame(KIND.log, "info", "half", "z".repeat(5000), Date.now(), {});
    socket.end(bytes.subarray(0, 2000));
  },
  stopsItself() {
    process.kill(process.pid, "SIGSTOP");
  },
  crashes() {
    process.exit(1);
  },
  spins() {
    for (;;);
  },
  sendsGiants() {
    reading();
    const giant = frame(KIND.log, "info", "giant", "g".repeat(7 * MIB), Date.now(), {});
    pour(() => giant);
  },
  sendsGarbage() {
    reading();
    pour(() => framed(randomBytes(2000)));
  },
};

socket.on("error", () => {});
socket.on("close", () => process.exit(0));
setInterval(() => {}, 60_000);
const identity = { module_id: MODULE_ID, module_name: MODULE_NAME, version: MODULE_CONFIG_VERSION };
socket.write(
  frame(KIND.request, 1, "Handshake", {
    ...identity,
    protocol: { min: 1, max: 1 },
    features: ["ack", "gap"],
  }),
);
socket.once("data", () => {
  socket.write(frame(KIND.request, 2, "SubscribeEvents", { event_types: ["FeeRateChanged"] }));
  socket.once("data", () => behaviours[MODULE_CONFIG_BEHAVIOUR]());
});
