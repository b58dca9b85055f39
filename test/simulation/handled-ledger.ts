import { demand } from "./discrepancy.js";
import type { ModelModule } from "./host-model.js";
import type { Sent } from "./model-connection.js";
import type { Begun, SimulatedModule } from "./simulated-module.js";

/** Where something that was sent stands: on which of the module's connections, at which place. */
interface Place {
  readonly connection: number;
  readonly place: number;
  readonly sent: Sent;
}

/** The module's own log beside the host's books: what its handlers saw, on all of its connections and loads. */
export class HandledLedger {
  readonly #module: ModelModule;
  readonly #places = new Map<string, Place>();
  readonly #indexed: number[] = [];
  /** How many deliveries of each connection were begun. */
  readonly #begun: number[] = [];
  #lastConnection = 0;
  #problem: string | undefined;
  /** Of loads that are over. */
  #begunBefore = 0;
  #handledBefore = 0;

  constructor(module: ModelModule) {
    this.#module = module;
  }

  /** Takes in what the model sent since the last call; nothing is sent twice. */
  index(): void {
    this.#module.connections.forEach(({ sent }, connection) => {
      for (let place = this.#indexed[connection] ?? 0; place < sent.length; place++) {
        const each = sent[place] as Sent;
        const known = this.#places.get(keyOf(each));
        // A loss may be told again to a successor, of whom nobody knows whether its predecessor heard it.
        const isToldAgain = each.gap !== undefined && known !== undefined && known.connection < connection;
        demand(
          known === undefined || isToldAgain,
          () => `seq ${each.seq} is sent to ${this.#module.name} twice`,
        );
        this.#places.set(keyOf(each), { connection, place, sent: each });
      }
      this.#indexed[connection] = sent.length;
    });
  }

  /**
   * A handler begins: it must be the next of what was sent on its connection, and a gap the one that was told.
   * What is wrong is kept, because the SDK would take a throw for the handler's own.
   */
  noteBegun(begun: Begun): void {
    this.index();
    const at = this.#places.get(keyOf(begun));
    this.#problem ??= this.#problemWith(begun, at);
    if (at === undefined) return;
    this.#begun[at.connection] = at.place + 1;
    this.#lastConnection = at.connection;
  }

  /** A load is over. */
  addLoad({ begunEvents, handledEvents }: SimulatedModule): void {
    this.#begunBefore += begunEvents;
    this.#handledBefore += handledEvents;
  }

  checkOrder(): void {
    demand(this.#problem === undefined, () => this.#problem ?? "");
  }

  /** What the module really handled lies between delivered and delivered + fate unknown. */
  checkBounds(process: SimulatedModule | undefined): void {
    const { name, everMatched } = this.#module;
    const delivered = everMatched.filter(({ fate }) => fate === "delivered").length;
    const atMost = delivered + everMatched.filter(({ fate }) => fate === "fate_unknown").length;
    const handled = this.#handledBefore + (process?.handledEvents ?? 0);
    const begun = this.#begunBefore + (process?.begunEvents ?? 0);
    demand(delivered <= handled && begun <= atMost, () => {
      const bounds = `between ${delivered} and ${atMost}`;
      return `${name} began ${begun} and finished ${handled} events, promised is a number ${bounds}`;
    });
  }

  #problemWith(begun: Begun, at: Place | undefined): string | undefined {
    const { name } = this.#module;
    if (at === undefined) return `${name} handles seq ${begun.seq}, which it was never sent`;
    if (at.place !== (this.#begun[at.connection] ?? 0) || at.connection < this.#lastConnection)
      return `${name} handles seq ${begun.seq} out of order or again`;
    const isSame = JSON.stringify(at.sent.gap) === JSON.stringify(begun.gap);
    return isSame
      ? undefined
      : `${name} is told ${JSON.stringify(begun)}, expected ${JSON.stringify(at.sent)}`;
  }
}

/** Where a gap begins may also be the seq of an event, which it tells may be lost. */
function keyOf({ seq, gap }: Sent | Begun): string {
  return gap === undefined ? `event ${seq}` : `gap from ${seq}`;
}
