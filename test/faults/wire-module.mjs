import { connect, Socket } from "node:net";

/**
 * A module of nothing but Node.js, so that its process is up in no time: it shakes hands, subscribes, acknowledges
 * what comes, says that it is healthy, answers `stop`, and ends with its connection. MODULE_CONFIG_DOOR=path makes it come by the path.
 */
const { MODULE_ID, MODULE_NAME, SOCKET_PATH, MODULE_CONFIG_DOOR } = process.env;
const [REQUEST, EVENT, INVOCATION, RESULT, GAP, ACK, PING, PONG] = [0, 2, 4, 5, 6, 7, 8, 9];
const STOP = "stop";
const [TRUE, NIL] = [Buffer.from([0xc3]), Buffer.from([0xc0])];

function text(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([0xd9, bytes.length]), bytes]);
}

function uint(value) {
  const bytes = Buffer.alloc(9, 0xcf);
  bytes.writeBigUInt64BE(BigInt(value), 1);
  return bytes;
}

function list(...items) {
  return Buffer.concat([Buffer.from([0x90 | items.length]), ...items]);
}

function map(entries) {
  const items = Object.entries(entries).flatMap(([key, value]) => [text(key), value]);
  return Buffer.concat([Buffer.from([0x80 | (items.length / 2)]), ...items]);
}

const HEALTHY = map({ health: text("Healthy") });

/** The unsigned integer at an offset, and where the next value begins. */
function readUint(body, at) {
  switch (body[at]) {
    case 0xcc:
      return [body[at + 1], at + 2];
    case 0xcd:
      return [body.readUInt16BE(at + 1), at + 3];
    case 0xce:
      return [body.readUInt32BE(at + 1), at + 5];
    case 0xcf:
      return [Number(body.readBigUInt64BE(at + 1)), at + 9];
    default:
      return [body[at], at + 1];
  }
}

function serve(socket, token) {
  let held = Buffer.alloc(0);
  const send = (...items) => {
    const body = list(...items);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(body.length);
    socket.write(Buffer.concat([header, body]));
  };
  const receive = (body) => {
    const [kind, next] = readUint(body, 1);
    const [first, afterFirst] = readUint(body, next);
    if (kind === EVENT) send(uint(ACK), uint(first));
    else if (kind === GAP) send(uint(ACK), uint(readUint(body, afterFirst)[0]));
    else if (kind === PING) send(uint(PONG), uint(first));
    else if (kind === INVOCATION) {
      // Each kind is a short text: a byte with its length stands before it.
      const isStop = body.subarray(afterFirst + 1).toString("latin1", 0, STOP.length) === STOP;
      send(uint(RESULT), uint(first), TRUE, isStop ? NIL : HEALTHY);
      if (isStop) socket.end();
    }
  };
  socket.on("error", () => {});
  socket.on("close", () => process.exit(0));
  socket.on("data", (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0);
      receive(held.subarray(4, end));
      held = held.subarray(end);
    }
  });
  const protocol = map({ min: uint(1), max: uint(1) });
  const fields = {
    module_id: text(MODULE_ID),
    module_name: text(MODULE_NAME),
    version: text("1.0.0"),
    protocol,
    features: list(text("ack"), text("gap")),
    ...(token === undefined ? {} : { token: text(token) }),
  };
  send(uint(REQUEST), uint(1), text("Handshake"), map(fields));
  const types = list(text("FeeRateChanged"), text("NodeShutdown"));
  send(uint(REQUEST), uint(2), text("SubscribeEvents"), map({ event_types: types }));
}

if (MODULE_CONFIG_DOOR === "path") {
  process.stdin.once("data", (line) => serve(connect(SOCKET_PATH), line.toString().trim()));
  process.stdin.once("end", () => {});
} else serve(new Socket({ fd: 3, readable: true, writable: true }));
process.stdout.write(`${MODULE_NAME} is up\n`);
process.stderr.write(`${MODULE_NAME} says hello\n`);
