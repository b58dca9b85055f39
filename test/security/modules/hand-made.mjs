// A module without an SDK that misbehaves as its configuration says. `at` is where: before the handshake, in it, at its
// first event, or at the path. `act` is how: a signal to die by, a code to exit with, "close" its connection and live
// on, or "stay" deaf to SIGTERM and to whatever it is asked.
import { existsSync, writeSync } from "node:fs";
import { connect, Socket } from "node:net";
import { encode } from "@msgpack/msgpack";

const { MODULE_ID, MODULE_NAME, SOCKET_PATH, MODULE_CONFIG_VERSION, MODULE_CONFIG_AT, MODULE_CONFIG_ACT } =
  process.env;

function frame(message) {
  const body = encode(message);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
}

function misbehave(socket) {
  if (MODULE_CONFIG_ACT === "close") socket.destroy();
  else if (/^\d+$/.test(MODULE_CONFIG_ACT)) process.exit(Number(MODULE_CONFIG_ACT));
  else if (MODULE_CONFIG_ACT !== "stay") process.kill(process.pid, MODULE_CONFIG_ACT);
}

function liveUntilTheFirstEvent(handshake) {
  const socket = new Socket({ fd: 3, readable: true, writable: true });
  let read = Buffer.alloc(0);
  let isOver = false;
  socket.on("data", (chunk) => {
    read = Buffer.concat([read, chunk]);
    if (isOver || !read.includes("MempoolTransactionAdded")) return;
    isOver = true;
    misbehave(socket);
  });
  socket.write(handshake);
  socket.write(frame([0, 2, "SubscribeEvents", { event_types: ["MempoolTransactionAdded"] }]));
}

/** Waits until somebody else has come through its path, then knocks there itself. */
function comeTooLate() {
  if (existsSync(SOCKET_PATH)) setTimeout(comeTooLate, 2);
  else connect(SOCKET_PATH).on("error", () => process.exit(1));
}

setInterval(() => {}, 1000);
if (MODULE_CONFIG_ACT === "stay") process.on("SIGTERM", () => {});
const identity = { module_id: MODULE_ID, module_name: MODULE_NAME, version: MODULE_CONFIG_VERSION };
const handshake = frame([
  0,
  1,
  "Handshake",
  { ...identity, protocol: { min: 1, max: 1 }, features: ["ack", "gap"] },
]);
if (MODULE_CONFIG_AT === "path") comeTooLate();
else if (MODULE_CONFIG_AT === "event") liveUntilTheFirstEvent(handshake);
else {
  if (MODULE_CONFIG_AT === "handshake") writeSync(3, handshake.subarray(0, handshake.length / 2));
  misbehave();
}
