import type { EngineError } from "../../src/errors.js";
import {
  type CloseReason,
  createMessagePackCodec,
  type HandshakeAck,
  type HandshakeRequest,
  HostEnd,
  type HostEndHandlers,
  type IncomingRequest,
  type IpcOptionsInput,
  ipcOptions,
  MODULE_BODY_LIMITS,
  TrafficBooks,
} from "../../src/ipc/index.js";
import { type MemoryTransport, memoryTransport } from "./ipc-memory-transport.js";
import { type VirtualClock, virtualClock } from "./ipc-virtual-clock.js";
import { recordingLog } from "./process-recording-log.js";

export const MEMORY_ACK: HandshakeAck = {
  node_version: "0.0.0-test",
  protocol: 1,
  features: ["ack", "gap"],
  max_frame_bytes: 1024 * 1024,
  capacity: 100,
  window: 256,
  heartbeat_ms: 1000,
};

export const MEMORY_HANDSHAKE: HandshakeRequest = {
  module_id: "probe_0",
  module_name: "probe",
  version: "1.0.0",
  protocol: { min: 1, max: 1 },
  features: ["ack", "gap"],
};

/** A host's end of a connection on virtual time, its peer in the test's hands, and what its handlers were told. */
export interface MemoryHostEnd {
  readonly end: HostEnd;
  readonly peer: MemoryTransport;
  readonly clock: VirtualClock;
  readonly log: ReturnType<typeof recordingLog>;
  /** What is counted of the connection, as that of module probe; methods that are known: GetChainTip. */
  readonly traffic: TrafficBooks;
  readonly requests: IncomingRequest[];
  readonly told: string[];
  readonly closed: CloseReason[];
  readonly turnedAway: CloseReason[];
  isPeerStopped: boolean;
  /** Set by a test that wants the hook to do something. */
  beforeFlush: () => void;
  /** Runs the write that is due at the end of this turn. */
  endTurn(): void;
  /** The peer sends its handshake; the answer is written. */
  shakeHands(): void;
  /** Codes of all refusals that were sent, in order. */
  codes(): string[];
}

export function startMemoryHostEnd(
  options: IpcOptionsInput = {},
  {
    door = "path",
    verdict = MEMORY_ACK,
  }: { door?: "path" | "fd"; verdict?: HandshakeAck | EngineError } = {},
): MemoryHostEnd {
  const peer = memoryTransport();
  const clock = virtualClock();
  const log = recordingLog();
  const traffic = new TrafficBooks(["GetChainTip"]);
  const due: (() => void)[] = [];
  const requests: IncomingRequest[] = [];
  const told: string[] = [];
  const closed: CloseReason[] = [];
  const turnedAway: CloseReason[] = [];
  const handlers: HostEndHandlers = {
    onRequest: (request) => requests.push(request),
    onRefused: (type, code) => told.push(`refused ${type} ${code}`),
    onAck(seq, timings) {
      told.push(`ack ${seq}${timings === undefined ? "" : ` ${JSON.stringify(timings)}`}`);
      return seq < 1000;
    },
    onLog: ({ level, target, message }) => told.push(`log ${level} ${target} ${message}`),
    onLiveness: (isResponsive) => told.push(isResponsive ? "responsive" : "unresponsive"),
    beforeMessage: () => {},
    beforeFlush: () => kit.beforeFlush(),
    afterWrite: (lastSeq) => told.push(`written ${lastSeq}`),
    onClosed: (reason) => closed.push(reason),
  };
  const kit: MemoryHostEnd = {
    isPeerStopped: false,
    beforeFlush: () => {},
    end: new HostEnd(
      {
        transport: peer.transport,
        codec: createMessagePackCodec(MODULE_BODY_LIMITS),
        scheduler: clock.scheduler,
        scheduleFlush: (flush) => due.push(flush),
        log,
        isPeerStopped: () => kit.isPeerStopped,
        traffic: traffic.of("probe"),
      },
      ipcOptions.parse(options),
      {
        verify: () => verdict,
        opened: () => handlers,
        turnedAway: (reason) => turnedAway.push(reason),
      },
      door === "path" ? "accept" : "first byte",
    ),
    peer,
    clock,
    log,
    traffic,
    requests,
    told,
    closed,
    turnedAway,
    endTurn() {
      for (const flush of due.splice(0)) flush();
    },
    shakeHands() {
      peer.receiveMessage(0, 1, "Handshake", MEMORY_HANDSHAKE);
      kit.endTurn();
    },
    codes: () =>
      peer
        .sent()
        .filter(([kind, , ok]) => kind === 1 && ok === false)
        .map(([, , , error]) => (error as { code: string }).code),
  };
  return kit;
}
