import { Subject } from "rxjs";
import type { EventRecord } from "./event-record.js";

/**
 * The Subject of one event type. It emits as any Subject does, to whoever was subscribed when the emission began, but
 * in a loop of its own: the one inside rxjs serves every Subject of the process, so that no call in it can be compiled
 * for the subscribers that modules have.
 */
export class EventSubject extends Subject<EventRecord> {
  override next(record: EventRecord): void {
    if (this.isStopped) return;
    for (const observer of this.observers.slice()) observer.next(record);
  }
}
