import { type Observer, Subject, type Subscription } from "rxjs";
import type { EventRecord } from "./event-record.js";
import type { EventRun } from "./event-run.js";
import { Intake } from "./intake.js";

const NOBODY: readonly Observer<EventRecord>[] = [];

/**
 * The Subject of one event type. It emits as any Subject does, to whoever was subscribed when the emission began, and to
 * the modules first; but in loops of its own: the one inside rxjs serves every Subject of the process, so that no call in
 * it can be compiled for the subscribers that modules have.
 *
 * Modules that take each event of the type also take neighbours together, by {@link nextRun}.
 */
export class EventSubject extends Subject<EventRecord> {
  /** The intakes without a filter, and those with one. A change makes a new list: an emission under way keeps its own. */
  #takers: readonly Intake[] = [];
  #choosers: readonly Intake[] = [];

  /** Whether some module takes each event. */
  get hasTakers(): boolean {
    return this.#takers.length > 0;
  }

  override get observed(): boolean {
    return this.hasTakers || this.#choosers.length > 0 || super.observed;
  }

  override subscribe(
    observer?: Partial<Observer<EventRecord>> | ((record: EventRecord) => void) | null,
  ): Subscription {
    if (!(observer instanceof Intake) || this.isStopped)
      return super.subscribe(observer as Partial<Observer<EventRecord>>);
    if (observer.hasFilter) this.#choosers = [...this.#choosers, observer];
    else this.#takers = [...this.#takers, observer];
    observer.add(() => {
      this.#choosers = this.#choosers.filter((intake) => intake !== observer);
      this.#takers = this.#takers.filter((intake) => intake !== observer);
    });
    return observer;
  }

  override next(record: EventRecord): void {
    if (this.isStopped) return;
    const choosers = this.#choosers;
    const observers = this.observers.length === 0 ? NOBODY : this.observers.slice();
    for (const taker of this.#takers) taker.next(record);
    for (const chooser of choosers) chooser.next(record);
    for (const observer of observers) observer.next(record);
  }

  /** Emits to everybody but the modules that get it by {@link nextRun}. */
  nextToOthers(record: EventRecord): void {
    if (this.isStopped) return;
    const observers = this.observers.length === 0 ? NOBODY : this.observers.slice();
    for (const chooser of this.#choosers) chooser.next(record);
    for (const observer of observers) observer.next(record);
  }

  /** Emits neighbours to the modules that take each event. */
  nextRun(run: EventRun): void {
    if (this.isStopped) return;
    for (const taker of this.#takers) taker.nextRun(run);
  }

  override complete(): void {
    const intakes = [...this.#takers, ...this.#choosers];
    super.complete();
    for (const intake of intakes) intake.complete();
  }
}
