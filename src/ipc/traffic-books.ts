import { DurationHistogram } from "../duration-histogram.js";
import { ModuleTraffic, type TrafficSums } from "./module-traffic.js";
import { type ProtocolFault, protocolFaultOf, protocolFaults } from "./protocol-fault.js";

/** A method that isn't of the protocol: its name is the module's own and must not become a label. */
const OTHER = "other";

/**
 * What went over the connections of a host's modules, in plain integers, by the module's name. It outlives connections.
 * Bounded by the number of installed modules and of the protocol's methods.
 */
export class TrafficBooks implements TrafficSums {
  /** Connections that passed their handshake and are open. */
  connections = 0;
  readonly #methods: ReadonlySet<string>;
  readonly #modules = new Map<string, ModuleTraffic>();
  readonly #durations = new Map<string, DurationHistogram>();
  readonly #faults = new Map<ProtocolFault, number>(protocolFaults.map((fault) => [fault, 0]));

  /** @param methods the names of all requests; others are counted as `other` */
  constructor(methods: Iterable<string> = []) {
    this.#methods = new Set(methods);
  }

  /** The books of a module, opened at the first call. */
  of(moduleName: string): ModuleTraffic {
    const known = this.#modules.get(moduleName);
    if (known !== undefined) return known;
    const opened = new ModuleTraffic(this, moduleName);
    this.#modules.set(moduleName, opened);
    return opened;
  }

  all(): Iterable<ModuleTraffic> {
    return this.#modules.values();
  }

  /** How long requests took from their arrival to their answer, by method; refusals over a limit are not among them. */
  durations(): Iterable<readonly [method: string, durations: DurationHistogram]> {
    return this.#durations;
  }

  /** By kind, what modules did against the protocol; every kind is there from the beginning. */
  faults(): Iterable<readonly [kind: ProtocolFault, count: number]> {
    return this.#faults;
  }

  /** The label of a request's type. */
  methodOf(type: string): string {
    return this.#methods.has(type) ? type : OTHER;
  }

  noteDuration(method: string, durationMs: number): void {
    let durations = this.#durations.get(method);
    if (durations === undefined) {
      durations = new DurationHistogram();
      this.#durations.set(method, durations);
    }
    durations.add(durationMs);
  }

  noteFault(kind: ProtocolFault): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }

  /** Counts an error that a peer was told, if it is one of the protocol that {@link noteFault} didn't hear of. */
  noteError(code: string): void {
    const kind = protocolFaultOf(code);
    if (kind !== undefined) this.noteFault(kind);
  }
}
