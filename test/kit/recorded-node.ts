import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answerOf, type NodeSettings } from "./recorded-answers.js";
import { type HttpFault, RecordedHttp, type RpcAnswer, type RpcRequest } from "./recorded-http.js";
import { RecordedPublisher, type ZmqFault } from "./recorded-publisher.js";
import { recordedSession, type SessionEntry, type ZmqEntry, type ZmqTopic } from "./recorded-session.js";
import { NodeRefusal } from "./recorded-shapes.js";
import { RecordedState } from "./recorded-state.js";

export interface RecordedNodeOptions extends Partial<NodeSettings> {
  readonly session?: "regtest" | "peers";
  /** The step at whose begin the node stands at first; by default the first step with publications. */
  readonly at?: string;
  readonly zmq?: "on" | "off";
  /** Every publication goes through them, in this order. */
  readonly zmqFaults?: readonly ZmqFault[];
  /** Answers that a test gives instead; `recorded` is what the node would say. Throw NodeRefusal for an error. */
  readonly answers?: Readonly<
    Record<string, (params: readonly unknown[], recorded: () => unknown) => unknown>
  >;
}

export interface RecordedNode extends AsyncDisposable {
  readonly url: string;
  /** Holds user and password as the node of the moment accepts them. */
  readonly cookieFile: string;
  readonly user: string;
  readonly password: string;
  readonly zmqAddress: string;
  /** Every call that was answered or spoilt, in order. */
  readonly calls: readonly RpcRequest[];
  readonly connections: number;
  /** The state of the moment, for a test's own expectations. */
  readonly state: RecordedState;
  /** Plays to the begin of a step. */
  advanceTo(step: string): Promise<void>;
  advanceBy(entries: number): Promise<void>;
  /** Plays to the end and sends what faults held back. */
  finish(): Promise<void>;
  /** Resolves when somebody listens to the topics. */
  subscribed(topics: readonly ZmqTopic[]): Promise<void>;
  /** Spoils the next calls (of the method, if one is given), `times` of them. */
  spoil(fault: HttpFault, times?: number, method?: string): void;
  /** Sends a message that no node sends. */
  publishRaw(parts: readonly Uint8Array[]): Promise<void>;
  /** The process ends: connections are cut, the ports refuse. */
  stop(): Promise<void>;
  /** It runs again on the same ports: a new cookie, counters from 0, and -28 to the first calls. */
  start(warmUpCalls?: number): Promise<void>;
  restart(warmUpCalls?: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A server that answers and publishes what a real Bitcoin Core did. It stands at one moment of the recording: each
 * answer is the recorded one, or computed from what was recorded until then. It goes on only when it is told to.
 */
export async function startRecordedNode(options: RecordedNodeOptions = {}): Promise<RecordedNode> {
  const folder = await mkdtemp(join(tmpdir(), "recorded-node-"));
  const node = new Recorded(options, folder);
  await node.start();
  await node.advanceTo(options.at ?? (options.session === "peers" ? "alone" : "mine-1"));
  return node;
}

interface Spoilt {
  readonly fault: HttpFault;
  readonly method: string | undefined;
  left: number;
}

class Recorded implements RecordedNode {
  readonly cookieFile: string;
  readonly user = "__cookie__";
  readonly calls: RpcRequest[] = [];
  readonly state: RecordedState;
  readonly #folder: string;
  readonly #options: RecordedNodeOptions;
  readonly #http: RecordedHttp;
  readonly #publisher: RecordedPublisher;
  readonly #waiting = new Set<() => void>();
  /** By topic, what is added to the recorded counter. */
  readonly #counterShift = new Map<ZmqTopic, number>();
  #spoilt: Spoilt[] = [];
  #starts = 0;
  /** What is added to the recorded numbers of mempool changes. */
  #mempoolShift = 0;

  constructor(options: RecordedNodeOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.cookieFile = join(folder, ".cookie");
    this.state = new RecordedState(recordedSession(options.session ?? "regtest"));
    this.#publisher = new RecordedPublisher(options.zmqFaults ?? []);
    this.#http = new RecordedHttp({
      answer: (request, signal) => this.#answer(request, signal),
      isAllowed: (user, password) => user === this.user && password === this.password,
      fault: (request) => this.#faultOf(request),
    });
  }

  get url(): string {
    return this.#http.url;
  }

  get password(): string {
    return `cookie-of-start-${this.#starts}`;
  }

  get zmqAddress(): string {
    return this.#publisher.address;
  }

  get connections(): number {
    return this.#http.connections;
  }

  async advanceTo(step: string): Promise<void> {
    for (let entry = await this.#next(); entry !== undefined; entry = await this.#next()) {
      if (entry.kind === "step" && entry.name === step) return;
    }
    throw new Error(`the recording has no step ${step} from here on`);
  }

  async advanceBy(entries: number): Promise<void> {
    for (let left = entries; left > 0; left -= 1) await this.#next();
  }

  async finish(): Promise<void> {
    while ((await this.#next()) !== undefined);
    await this.#publisher.flush();
  }

  subscribed(topics: readonly ZmqTopic[]): Promise<void> {
    return this.#publisher.subscribed(topics);
  }

  spoil(fault: HttpFault, times = 1, method?: string): void {
    this.#spoilt.push({ fault, method, left: times });
  }

  publishRaw(parts: readonly Uint8Array[]): Promise<void> {
    return this.#publisher.sendRaw(parts);
  }

  async stop(): Promise<void> {
    this.#publisher.close();
    await this.#http.close();
  }

  async start(warmUpCalls = 0): Promise<void> {
    this.#starts += 1;
    this.#spoilt = [];
    if (warmUpCalls > 0) this.spoil("warm-up", warmUpCalls);
    if (this.#starts > 1) this.#countAnew();
    await writeFile(this.cookieFile, `${this.user}:${this.password}`);
    if (this.#options.zmq !== "off") await this.#publisher.open();
    await this.#http.open();
  }

  async restart(warmUpCalls = 3): Promise<void> {
    await this.stop();
    await this.start(warmUpCalls);
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(): Promise<SessionEntry | undefined> {
    const epoch = this.state.epoch;
    const entry = this.state.advance();
    if (this.state.epoch !== epoch) for (const wake of this.#waiting) wake();
    if (entry?.kind === "zmq" && this.#options.zmq !== "off") await this.#publish(entry);
    return entry;
  }

  async #publish({ topic, body, sequence }: ZmqEntry): Promise<void> {
    const bytes = Buffer.from(body, "hex");
    if (bytes.length === 41)
      bytes.writeBigUInt64LE(bytes.readBigUInt64LE(33) + BigInt(this.#mempoolShift), 33);
    const shift = this.#counterShift.get(topic) ?? 0;
    await this.#publisher.publish({ topic, body: bytes, sequence: sequence + shift });
  }

  /** A new process counts its publications from 0, and its mempool's changes from 1 while it loads the old mempool. */
  #countAnew(): void {
    const { entries, position, chain } = this.state;
    for (const topic of ["hashblock", "rawblock", "hashtx", "rawtx", "sequence"] as const) {
      const next = entries.slice(position).find((entry) => entry.kind === "zmq" && entry.topic === topic);
      if (next?.kind === "zmq") this.#counterShift.set(topic, -next.sequence);
    }
    const before = chain.mempoolSequence;
    chain.mempoolSequence = 1 + chain.mempool.size;
    this.#mempoolShift += chain.mempoolSequence - before;
  }

  #faultOf({ method }: RpcRequest): HttpFault | undefined {
    const spoilt = this.#spoilt.find((one) => one.left > 0 && (one.method ?? method) === method);
    if (spoilt === undefined) return undefined;
    spoilt.left -= 1;
    return spoilt.fault;
  }

  async #answer(request: RpcRequest, signal: AbortSignal): Promise<RpcAnswer> {
    this.calls.push(request);
    const { method, params } = request;
    try {
      if (method === "getblocktemplate") await this.#templateMoment(params[0], signal);
      const recorded = () => this.#recorded(method, params);
      const own = this.#options.answers?.[method];
      const result = await (own === undefined ? recorded() : own(params, recorded));
      return { status: 200, result, error: null };
    } catch (error) {
      const code = error instanceof NodeRefusal ? error.code : -1;
      const status = code === -32601 ? 404 : 500;
      return { status, result: null, error: { code, message: (error as Error).message } };
    }
  }

  #recorded(method: string, params: readonly unknown[]): unknown {
    if (method === "getzmqnotifications") {
      const topics = ["hashblock", "hashtx", "rawblock", "rawtx", "sequence"];
      const all = topics.map((topic) => ({ type: `pub${topic}`, address: this.zmqAddress, hwm: 1000 }));
      return this.#options.zmq === "off" ? [] : all;
    }
    const { prunedBelowBlocks = 0, network = "regtest", hasTxindex = true } = this.#options;
    const { missingMethods = [] } = this.#options;
    const settings = { prunedBelowBlocks, network, hasTxindex, missingMethods };
    return answerOf(this.state, method, params, settings);
  }

  /** A long poll waits until chain or mempool are not those any more that the caller knows. */
  async #templateMoment(request: unknown, signal: AbortSignal): Promise<void> {
    const { longpollid } = (request ?? {}) as { longpollid?: string };
    if (longpollid === undefined) return;
    const idOf = () => (this.#recorded("getblocktemplate", [{}]) as { longpollid: string }).longpollid;
    while (!signal.aborted && idOf() === longpollid) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      });
    }
  }
}
