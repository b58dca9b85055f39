// A module that speaks the protocol by hand, records what it handles, and breaks frames: each `fault_every` events it
// does one of the things below, as its seed says.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { Decoder, Encoder } from "@msgpack/msgpack";
import { HandledRecord } from "./handled-record.mjs";

const KIND = {
  request: 0,
  response: 1,
  event: 2,
  log: 3,
  invocation: 4,
  result: 5,
  gap: 6,
  ack: 7,
  ping: 8,
  pong: 9,
};
const ACK_EVERY = 64;
const ACK_DELAY_MS = 5;

const { MODULE_ID, MODULE_NAME, DATA_DIR } = process.env;
const types = process.env.MODULE_CONFIG_TYPES.split(",");
const faultEvery = Number(process.env.MODULE_CONFIG_FAULT_EVERY);
const record = new HandledRecord(DATA_DIR, MODULE_ID);
const socket = new Socket({ fd: 3, readable: true, writable: true });
const encoder = new Encoder();
const decoder = new Decoder();

let held = Buffer.alloc(0);
let handled = 0;
let unacknowledged = 0;
let lastSeq = 0;
let timer;
let isMute = false;

function frame(...message) {
  const body = encoder.encode(message);
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32BE(body.length);
  bytes.set(body, 4);
  return bytes;
}

function send(...message) {
  if (!isMute) socket.write(frame(...message));
}

function acknowledge() {
  clearTimeout(timer);
  timer = undefined;
  if (unacknowledged === 0 || isMute) return;
  record.save();
  unacknowledged = 0;
  send(KIND.ack, lastSeq);
}

function handle(seq) {
  lastSeq = seq;
  unacknowledged++;
  if (unacknowledged >= ACK_EVERY) acknowledge();
  else timer ??= setTimeout(acknowledge, ACK_DELAY_MS);
}

const line = () => frame(KIND.log, "debug", "raw", "y".repeat(2000), Date.now(), {});

const faults = [
  function halfFrameThenKilled() {
    socket.write(line().subarray(0, 1000), () => process.kill(process.pid, "SIGKILL"));
    isMute = true;
  },
  function halfFrameThenSilence() {
    socket.write(line().subarray(0, 3));
    isMute = true;
  },
  function halfFrameThenEnd() {
    socket.end(line().subarray(0, 700));
    isMute = true;
  },
  function lateSecondHalf() {
    acknowledge();
    const bytes = line();
    socket.write(bytes.subarray(0, 5));
    isMute = true;
    setTimeout(() => {
      socket.write(bytes.subarray(5));
      isMute = false;
      acknowledge();
    }, 50);
  },
  function acknowledgementsInTheMiddleOfAFrame() {
    socket.write(line().subarray(0, -10));
  },
];
const storyFile = join(DATA_DIR, "next-fault");
let nextFault = existsSync(storyFile)
  ? Number(readFileSync(storyFile, "utf8"))
  : Number(process.env.MODULE_CONFIG_SEED);
let isTame = false;
process.on("SIGUSR2", () => {
  isTame = true;
  writeFileSync(join(DATA_DIR, `tame-${process.pid}`), "");
});

function take(message) {
  const [kind, first, second, third, payload] = message;
  if (kind === KIND.event) {
    record.event(third, first, payload.mempool_size ?? payload.height);
    handle(first);
    handled++;
    if (handled % faultEvery === 0 && !isMute && !isTame) {
      const misbehave = faults[nextFault++ % faults.length];
      record.fault(misbehave.name);
      writeFileSync(storyFile, String(nextFault));
      misbehave();
    }
  } else if (kind === KIND.gap) {
    record.gap({ from_seq: first, to_seq: second, count: third });
    handle(second);
  } else if (kind === KIND.ping) send(KIND.pong, first);
  else if (kind === KIND.response && first === 1)
    send(KIND.request, 2, "SubscribeEvents", { event_types: types });
  else if (kind === KIND.invocation) {
    acknowledge();
    send(KIND.result, first, true, null);
    socket.end();
  }
}

socket.on("data", (chunk) => {
  held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
  let at = 0;
  while (held.length - at >= 4) {
    const end = at + 4 + held.readUInt32BE(at);
    if (end > held.length) break;
    take(decoder.decode(held.subarray(at + 4, end)));
    at = end;
  }
  held = held.subarray(at);
});
socket.on("error", () => {});
socket.on("close", () => {
  record.close();
  process.exit(0);
});
send(KIND.request, 1, "Handshake", {
  module_id: MODULE_ID,
  module_name: MODULE_NAME,
  version: process.env.MODULE_CONFIG_VERSION,
  protocol: { min: 1, max: 1 },
  features: ["ack", "gap"],
});
