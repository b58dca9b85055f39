import type { SchedulerLike } from "rxjs";
import type { SyncStatusRecord } from "../chain-queries.js";
import type { ChainEvent } from "../chain-source.js";
import { countIn, fieldsOf, numberIn, textIn } from "./answer-field.js";
import { peersOf } from "./node-peer.js";
import type { RpcCaller } from "./rpc-caller.js";

/** The most headers that one message brings: who is further behind is in the headers' download. */
const headersMessage = 2000;

type Phase = "Initial" | "Headers" | "Blocks" | "Synced";

interface NodeProgress {
  readonly isInitialDownload: boolean;
  readonly blocks: number;
  readonly headers: number;
  /** What the peers announce, or what is there where they announce less. */
  readonly targetHeaders: number;
  /** 0 to 1. */
  readonly verified: number;
  readonly network: string | undefined;
}

interface PhaseRun {
  readonly startedMs: number;
  /** What the last progress told, and when. */
  current: number;
  toldMs: number;
}

export interface SyncProgressDependencies {
  readonly rpc: RpcCaller;
  readonly scheduler: SchedulerLike;
  readonly emit: (event: ChainEvent) => void;
}

/**
 * Tells how far the node is, from getblockchaininfo and, during the initial download, from the heights that its peers
 * greeted with. It begins as Initial; the first look tells the first SyncStateChanged.
 *
 * Headers: the node is in its initial download and at least 2,000 headers behind its peers. Blocks: in its initial
 * download with headers whose blocks it lacks. Synced: the node says that its initial download is over; on regtest,
 * where that takes a fresh block, also that nothing is missing. Durations and speeds run from the look that saw the
 * phase first. At a change of phase the Completed of the old one comes first, then SyncStateChanged, then the Started.
 *
 * A node that can't be reached is told as Error; after that it begins as Initial anew.
 * @see https://developer.bitcoin.org/reference/rpc/getblockchaininfo.html
 */
export class SyncProgress {
  readonly #dependencies: SyncProgressDependencies;
  #phase: Phase = "Initial";
  #progress = 0;
  #run: PhaseRun | undefined;
  #error: string | undefined;
  #phaseLeft: Phase | undefined;

  constructor(dependencies: SyncProgressDependencies) {
    this.#dependencies = dependencies;
  }

  /** What the events so far say. */
  status(): SyncStatusRecord {
    if (this.#error !== undefined)
      return { phase: "Error", progress: this.#progress, is_synced: false, error_message: this.#error };
    return { phase: this.#phase, progress: this.#progress, is_synced: this.#phase === "Synced" };
  }

  get isSynced(): boolean {
    return this.#error === undefined && this.#phase === "Synced";
  }

  /** Rejects with what kept the node from answering; the state stays as it is then. */
  async look(signal: AbortSignal): Promise<void> {
    const { rpc } = this.#dependencies;
    const info = fieldsOf(await rpc.call("getblockchaininfo", [], { signal }));
    const blocks = countIn(info, "blocks");
    const headers = countIn(info, "headers") ?? blocks;
    if (blocks === undefined || headers === undefined) return;
    const isInitialDownload = info.initialblockdownload === true;
    const announced = isInitialDownload ? await this.#announcedHeight(signal) : 0;
    if (signal.aborted) return;
    this.#observe({
      isInitialDownload,
      blocks,
      headers,
      targetHeaders: Math.max(announced, headers),
      verified: Math.min(1, Math.max(0, numberIn(info, "verificationprogress") ?? 0)),
      network: textIn(info, "chain"),
    });
  }

  /** The node can't be reached or doesn't answer; `message` says why. Once is enough. */
  lost(message: string): void {
    const wasLost = this.#error !== undefined;
    this.#error = message;
    if (wasLost) return;
    const old_state = this.#phase;
    this.#phase = "Initial";
    this.#run = undefined;
    this.#dependencies.emit({ type: "SyncStateChanged", payload: { old_state, new_state: "Error" } });
  }

  /** The chain is left as a whole for another beginning; `begin` says that it has come. */
  leave(): void {
    if (this.#phase === "Initial") return;
    this.#phaseLeft = this.#phase;
    this.#phase = "Initial";
    this.#dependencies.emit({
      type: "SyncStateChanged",
      payload: { old_state: this.#phaseLeft, new_state: "Initial" },
    });
  }

  /** After `leave`: the phase is what it was. */
  begin(): void {
    const new_state = this.#phaseLeft;
    this.#phaseLeft = undefined;
    if (new_state === undefined) return;
    this.#phase = new_state;
    this.#dependencies.emit({ type: "SyncStateChanged", payload: { old_state: "Initial", new_state } });
  }

  async #announcedHeight(signal: AbortSignal): Promise<number> {
    const peers = peersOf(await this.#dependencies.rpc.call("getpeerinfo", [], { signal }));
    return [...peers.values()].reduce((most, peer) => Math.max(most, peer.startingHeightBlocks ?? 0), 0);
  }

  #observe(node: NodeProgress): void {
    const { emit, scheduler } = this.#dependencies;
    const nowMs = scheduler.now();
    const before = this.#phase;
    const phase = phaseOf(node, before);
    this.#error = undefined;
    this.#phase = phase;
    this.#progress = phase === "Synced" ? 1 : node.verified;
    if (phase === before) return this.#tellProgress(node, nowMs);

    const duration_seconds = Math.round((nowMs - (this.#run?.startedMs ?? nowMs)) / 1000);
    if (before === "Headers")
      emit({ type: "HeadersSyncCompleted", payload: { final_height: node.headers, duration_seconds } });
    if (before === "Blocks")
      emit({ type: "BlockSyncCompleted", payload: { final_height: node.blocks, duration_seconds } });
    emit({ type: "SyncStateChanged", payload: { old_state: before, new_state: phase } });

    const current = phase === "Headers" ? node.headers : node.blocks;
    this.#run = { startedMs: nowMs, current, toldMs: nowMs };
    if (phase === "Headers") emit({ type: "HeadersSyncStarted", payload: { start_height: node.headers } });
    if (phase === "Blocks")
      emit({
        type: "BlockSyncStarted",
        payload: { start_height: node.blocks, target_height: node.headers },
      });
  }

  #tellProgress({ headers, blocks, targetHeaders }: NodeProgress, nowMs: number): void {
    const run = this.#run;
    if (run === undefined || nowMs <= run.toldMs) return;
    const { emit } = this.#dependencies;
    if (this.#phase === "Headers" && headers > run.current) {
      const progress_percent = percent(headers, targetHeaders);
      emit({
        type: "HeadersSyncProgress",
        payload: { current_height: headers, target_height: targetHeaders, progress_percent },
      });
      this.#run = { ...run, current: headers, toldMs: nowMs };
    }
    if (this.#phase === "Blocks" && blocks > run.current) {
      emit({
        type: "BlockSyncProgress",
        payload: {
          current_height: blocks,
          target_height: headers,
          progress_percent: percent(blocks, headers),
          blocks_per_second: ((blocks - run.current) * 1000) / (nowMs - run.toldMs),
        },
      });
      this.#run = { ...run, current: blocks, toldMs: nowMs };
    }
  }
}

function phaseOf(node: NodeProgress, before: Phase): Phase {
  const { isInitialDownload, blocks, headers, targetHeaders, network } = node;
  const missing = targetHeaders - headers;
  if (!isInitialDownload) return "Synced";
  if (missing >= headersMessage || (before === "Headers" && missing > 0)) return "Headers";
  if (blocks < headers) return "Blocks";
  if (network === "regtest") return "Synced";
  // Everything that it knows of is connected, and it doesn't believe yet that this is all.
  return before === "Blocks" ? "Blocks" : "Initial";
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.min(100, (part / whole) * 100);
}
