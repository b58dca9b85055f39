import type { Observable, Subscription } from "rxjs";
import type { EventType } from "../events/index.js";
import type { EventRecord } from "./event-record.js";
import type { PipelineHistory } from "./history/pipeline-history.js";
import { Intake, type IntakeOwner } from "./intake.js";
import type { EventFilter } from "./pipeline-options.js";

/** The types that one module has subscribed to, each with its place among the subscribers of the type and its filter. */
export class SubscriptionSet {
  readonly #owner: IntakeOwner;
  readonly #history: PipelineHistory;
  readonly #subscriptions = new Map<EventType, Subscription>();
  readonly #filters = new Map<EventType, EventFilter>();

  constructor(owner: IntakeOwner, history: PipelineHistory) {
    this.#owner = owner;
    this.#history = history;
  }

  types(): readonly EventType[] {
    return [...this.#subscriptions.keys()];
  }

  has(type: EventType): boolean {
    return this.#subscriptions.has(type);
  }

  filterOf(type: EventType): EventFilter | undefined {
    return this.#filters.get(type);
  }

  /** @returns whether the type is new; one that is in the set keeps what it has */
  add(type: EventType, records$: Observable<EventRecord>, filter: EventFilter | undefined): boolean {
    if (this.#subscriptions.has(type)) return false;
    if (filter !== undefined) this.#filters.set(type, filter);
    this.#history.subscribed(type, filter?.source);
    this.#subscriptions.set(type, records$.subscribe(new Intake(this.#owner, filter)));
    return true;
  }

  remove(type: EventType): void {
    const subscription = this.#subscriptions.get(type);
    if (subscription === undefined) return;
    subscription.unsubscribe();
    this.#subscriptions.delete(type);
    this.#filters.delete(type);
    this.#history.unsubscribed(type, this.#owner.acceptedSeq);
  }

  clear(): void {
    for (const type of this.types()) this.remove(type);
  }
}
