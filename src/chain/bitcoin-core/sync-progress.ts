import type { SchedulerLike } from "rxjs";
import type { SyncStatusRecord } from "../chain-queries.js";
import type { ChainEvent } from "../chain-source.js";
import { countIn, fieldsOf, numberIn, textIn } from "./answer-field.js";
import { peersOf } from "./node-peer.js";
import type { RpcCaller } from "./rpc-caller.js";
import type { SyncPhase, SyncState } from "./sync-state.js";

/** The most headers that one message brings: who is further behind is in the headers' download. */
const headersMessage = 2000;

type Phase = Exclude<SyncPhase, "Error">;

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
  readonly phase: Phase;
  readonly startedMs: number;
  /** What the last progress told, and when. */
  readonly current: number;
  readonly toldMs: number;
}

export interface SyncProgressDependencies {
  readonly rpc: RpcCaller;
  readonly scheduler: SchedulerLike;
  readonly emit: (event: ChainEvent) => void;
  /** What the events say; whoever loses the node and finds it again changes it too. */
  readonly state: SyncState;
}

/**
 * Tells how far the node is, from getblockchaininfo and, during the initial download, from the heights that its peers
 * greeted with.
 *
 * Headers: the node is in its initial download and at least 2,000 headers behind its peers. Blocks: in its initial
 * download with headers whose blocks it lacks. Synced: the node says that its initial download is over; on regtest,
 * where that takes a fresh block, also that nothing is missing. Durations and speeds run from the look that saw the
 * phase first. At a change of phase the Completed of the old one comes first, then SyncStateChanged, then the Started.
 *
 * While the state is Error nothing is looked at: the node is lost, and a phase that it returns to goes on.
 * @see https://developer.bitcoin.org/reference/rpc/getblockchaininfo.html
 */
export class SyncProgress {
  readonly #dependencies: SyncProgressDependencies;
  #progress = 0;
  #run: PhaseRun | undefined;

  constructor(dependencies: SyncProgressDependencies) {
    this.#dependencies = dependencies;
  }

  /** What the events so far say. */
  status(): SyncStatusRecord {
    const { phase, isSynced } = this.#dependencies.state;
    const record = { phase, progress: isSynced ? 1 : this.#progress, is_synced: isSynced };
    return phase === "Error" ? { ...record, error_message: "the node can't be reached" } : record;
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

  async #announcedHeight(signal: AbortSignal): Promise<number> {
    const peers = peersOf(await this.#dependencies.rpc.call("getpeerinfo", [], { signal }));
    return [...peers.values()].reduce((most, peer) => Math.max(most, peer.startingHeightBlocks ?? 0), 0);
  }

  #observe(node: NodeProgress): void {
    const { emit, scheduler, state } = this.#dependencies;
    if (state.phase === "Error") return;
    const nowMs = scheduler.now();
    const run = this.#run;
    const phase = phaseOf(node, state.phase);
    this.#progress = node.verified;
    if (phase === run?.phase && phase === state.phase) return this.#tellProgress(node, run, nowMs);

    if (run !== undefined && phase !== run.phase) {
      const duration_seconds = Math.round((nowMs - run.startedMs) / 1000);
      if (run.phase === "Headers")
        emit({ type: "HeadersSyncCompleted", payload: { final_height: node.headers, duration_seconds } });
      if (run.phase === "Blocks")
        emit({ type: "BlockSyncCompleted", payload: { final_height: node.blocks, duration_seconds } });
    }
    state.change(phase);
    if (phase === run?.phase) return;

    const current = phase === "Headers" ? node.headers : node.blocks;
    this.#run = { phase, startedMs: nowMs, current, toldMs: nowMs };
    if (phase === "Headers") emit({ type: "HeadersSyncStarted", payload: { start_height: node.headers } });
    if (phase === "Blocks")
      emit({
        type: "BlockSyncStarted",
        payload: { start_height: node.blocks, target_height: node.headers },
      });
  }

  #tellProgress({ headers, blocks, targetHeaders }: NodeProgress, run: PhaseRun, nowMs: number): void {
    if (nowMs <= run.toldMs) return;
    const { emit } = this.#dependencies;
    if (run.phase === "Headers" && headers > run.current) {
      const progress_percent = percent(headers, targetHeaders);
      emit({
        type: "HeadersSyncProgress",
        payload: { current_height: headers, target_height: targetHeaders, progress_percent },
      });
      this.#run = { ...run, current: headers, toldMs: nowMs };
    }
    if (run.phase === "Blocks" && blocks > run.current) {
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
