import { demand } from "./discrepancy.js";
import type { HostModel, ModelModule } from "./host-model.js";
import type { ModelConnection } from "./model-connection.js";
import { referenceFrame } from "./model-event.js";
import { greetingOf, IPC, type Link } from "./simulated-host.js";
import type { Tally } from "./tally.js";
import type { TraceHash } from "./trace-hash.js";

const LATE_MS = 50;
const GRACE_MS = 100;
const SILENT_MS = 5 * IPC.heartbeat_ms;

export interface PairDependencies {
  readonly model: HostModel;
  readonly tally: Tally;
  readonly trace: TraceHash;
  readonly nowMs: () => number;
  /** When the host's process was blocked. */
  readonly jumps: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** One connection of the engine beside the model's idea of it; everything that happens to one happens to both. */
export class ConnectionPair {
  readonly link: Link;
  readonly model: ModelConnection;
  readonly #deps: PairDependencies;
  readonly #module: ModelModule;
  readonly #acceptedAtMs: number;
  #partialSinceMs: number | undefined;
  #lastHeardMs = 0;
  #silencesSeen = 0;
  #hasForgedBeyond = false;
  #pingsSeen = 0;

  constructor(deps: PairDependencies, module: ModelModule, link: Link, model: ModelConnection) {
    this.#deps = deps;
    this.#module = module;
    this.link = link;
    this.model = model;
    this.#acceptedAtMs = deps.nowMs();
  }

  get name(): string {
    return this.#module.name;
  }

  get isOpen(): boolean {
    return this.model.isOpen;
  }

  /** The end of a turn: what was appended is written. */
  flush(flush: () => void): void {
    flush();
    this.model.flush(this.link.wire.isBroken);
  }

  /** Every turn ends with nothing left behind that could have been written. */
  checkTurn(): void {
    if (this.link.wire.isBroken) return;
    const { leftBehind } = this.model;
    demand(leftBehind === undefined, () => `${this.name}: ${leftBehind}`);
  }

  /** The module writes an acknowledgement beside those of its SDK. */
  forgeAck(seq: number): void {
    if (seq > this.model.highestSentSeq) this.#hasForgedBeyond = true;
    this.link.wire.forge(referenceFrame([7, seq]));
  }

  /** What the host wrote moves on into the socket. */
  leave(): void {
    const { link, model } = this;
    if (model.isOpen && !link.wire.isBroken) {
      const found = [link.wire.batches, link.wire.firstBatchBytes].join(" writes, first of ");
      const expected = [model.batches.length, model.batches[0]?.bytes ?? 0].join(" writes, first of ");
      demand(found === expected, () => `${this.name}: expected ${expected} bytes, found ${found}`);
    }
    while (link.wire.leaveOne()) model.left();
  }

  /** What lies in the socket reaches the module; false when nothing did. */
  arrive(maxBytes: number): boolean {
    return this.link.wire.arrive(maxBytes, (chunk) => {
      this.#deps.trace.bytes(chunk);
      const problem = this.model.problemWith(chunk);
      demand(problem === undefined, () => `on the wire to ${this.name}: ${problem}`);
    });
  }

  /** What the module wrote reaches the host, and then the end of the stream. */
  carryUp(maxBytes: number): void {
    const { link, model } = this;
    const { tally, trace } = this.#deps;
    const chunk = link.wire.takeUp(maxBytes);
    if (chunk !== undefined) {
      const wasOpen = model.isOpen;
      link.wire.giveUp(chunk);
      this.#receive(chunk);
      trace.number(chunk.length);
      if (wasOpen && model.isOpen && model.partialBytes > 0) tally.add("half a frame at the host");
    }
    if (!link.wire.endUp()) return;
    if (model.isOpen) {
      if (model.partialBytes > 0) tally.add("end of stream in mid-frame");
      tally.add("close: end of stream");
    }
    model.close();
  }

  /** Timers ran: pings were appended, and a silent or slow peer was cut off. */
  noteTimers(): void {
    const { link, model } = this;
    for (; this.#pingsSeen < link.pings.length; this.#pingsSeen++) {
      if (model.isOpen) model.append([8, link.pings[this.#pingsSeen]]);
    }
    this.#checkSilences();
    if (!link.end.isClosed || !model.isOpen) return;
    const since = model.isGreeted ? this.#partialSinceMs : this.#acceptedAtMs;
    const waitedMs = since === undefined ? 0 : this.#deps.nowMs() - since;
    const allowedMs = model.isGreeted ? IPC.frame_timeout_ms : IPC.handshake_timeout_ms;
    const isInTime =
      waitedMs >= allowedMs && this.#deps.nowMs() >= this.#pardonedUntilMs((since ?? 0) + allowedMs);
    demand(
      isInTime,
      () => `${this.name}: closed without a reason that the model knows: ${link.closedBecause}`,
    );
    this.#deps.tally.add(model.isGreeted ? "close: slow frame" : "close: no handshake");
    this.#closeOverFault();
  }

  /** Its time limits hold: a peer that is too slow is gone by now. */
  checkLimits(): void {
    if (!this.model.isOpen) return;
    const nowMs = this.#deps.nowMs();
    if (this.model.isGreeted && !this.link.isSilent) {
      const phaseMs = IPC.heartbeat_ms;
      const toldByMs = Math.max(this.#lastHeardMs + SILENT_MS, this.#deps.jumps.at(-1)?.toMs ?? 0) + phaseMs;
      demand(nowMs <= toldByMs, () => `${this.name} is silent since ${this.#lastHeardMs} and nobody says so`);
    }
    const since = this.model.isGreeted ? this.#partialSinceMs : this.#acceptedAtMs;
    if (since === undefined) return;
    const allowedMs = this.model.isGreeted ? IPC.frame_timeout_ms : IPC.handshake_timeout_ms;
    const latestMs = Math.max(since + allowedMs, this.#pardonedUntilMs(since + allowedMs));
    demand(nowMs <= latestMs, () => `${this.name}: a limit of ${allowedMs} ms passed and nobody was cut off`);
  }

  /** The host closes it from its side. */
  hangUp(reason: string): void {
    this.link.end.close(reason);
    this.noteHangUp();
  }

  /** The model's part of {@link hangUp}. */
  noteHangUp(): void {
    this.model.flush(this.link.wire.isBroken);
    this.model.close();
  }

  /** A module is called silent for as long as it is, and never over time in which the host itself was blocked. */
  #checkSilences(): void {
    const { silences } = this.link;
    for (; this.#silencesSeen < silences.length; this.#silencesSeen++) {
      const { atMs, silentMs } = silences[this.#silencesSeen] as { atMs: number; silentMs: number };
      const isTrue = silentMs === atMs - this.#lastHeardMs && silentMs >= SILENT_MS;
      const wasBlocked = this.#deps.jumps.some(
        ({ fromMs, toMs }) => toMs === atMs && toMs - fromMs > 1.5 * IPC.heartbeat_ms,
      );
      demand(isTrue && !wasBlocked, () => `${this.name} is called silent for ${silentMs} ms at ${atMs}`);
    }
  }

  /** Whoever was late only because the host itself was blocked has some time more. */
  #pardonedUntilMs(dueMs: number): number {
    const late = this.#deps.jumps.find(({ fromMs, toMs }) => fromMs < dueMs && toMs > dueMs + LATE_MS);
    return late === undefined ? dueMs : late.toMs + GRACE_MS;
  }

  #receive(chunk: Uint8Array): void {
    const { model } = this;
    const { tally } = this.#deps;
    const bodies = model.bodies(chunk);
    if (bodies.length > 0) {
      this.#partialSinceMs = undefined;
      this.#lastHeardMs = this.#deps.nowMs();
    }
    if (model.partialBytes > 0) this.#partialSinceMs ??= this.#deps.nowMs();
    for (const body of bodies) {
      if (!model.isOpen) {
        if (body[0] === 7) tally.add("late ack: the connection is closed");
        continue;
      }
      if (body[0] === 7) {
        this.#deps.trace.number(Number(body[1]));
        if (model.inFlight.length >= model.plan.window) tally.add("late ack: the window was full");
      }
      const isFine = this.#deps.model.receive(this.#module, model, body, greetingOf(model.plan));
      if (isFine) continue;
      demand(
        this.#hasForgedBeyond,
        () => `${this.name} acknowledges ${String(body[1])}, which it was never sent`,
      );
      tally.add("close: fault of the module");
      this.#closeOverFault();
    }
  }

  #closeOverFault(): void {
    this.model.flush(this.link.wire.isBroken);
    this.model.hasFarewell = true;
    this.model.close();
  }
}
