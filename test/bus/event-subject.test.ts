import { take } from "rxjs";
import { describe, expect, it } from "vitest";
import { EventSubject } from "../../src/bus/event-subject.js";
import { EventRecord } from "../../src/bus/index.js";
import { Intake, type IntakeOwner } from "../../src/bus/intake.js";
import { TypeCounters } from "../../src/bus/type-counters.js";
import { type AnyEvent, exampleEvent, typeIndex } from "../../src/events/index.js";

function recordOf(seq: number): EventRecord {
  const type = "NewBlock";
  const event = { seq, type, payload: exampleEvent(type), timestamp_ms: 0, source: "node" } as AnyEvent;
  return new EventRecord(event, typeIndex(type), false, 0);
}

describe("EventSubject", () => {
  it("emits to whoever was subscribed when the emission began", () => {
    const subject = new EventSubject();
    const seen: string[] = [];
    subject.pipe(take(1)).subscribe(() => seen.push("once"));
    subject.subscribe(({ event }) => {
      seen.push(`first ${event.seq}`);
      if (event.seq === 1) subject.subscribe((later) => seen.push(`late ${later.event.seq}`));
    });
    subject.subscribe(({ event }) => seen.push(`second ${event.seq}`));
    subject.next(recordOf(1));
    subject.next(recordOf(2));
    expect(seen).toEqual(["once", "first 1", "second 1", "first 2", "second 2", "late 2"]);
  });

  it("emits to the modules first, with or without a filter, whoever subscribed before them", () => {
    const subject = new EventSubject();
    const seen: string[] = [];
    subject.subscribe(() => seen.push("observer"));
    subject.subscribe(
      new Intake(
        owner(() => seen.push("chooser")),
        () => true,
      ),
    );
    subject.subscribe(new Intake(owner(() => seen.push("taker"))));
    subject.next(recordOf(1));
    expect(seen).toEqual(["taker", "chooser", "observer"]);
  });

  it("is observed as long as a module or anybody else is subscribed", () => {
    const subject = new EventSubject();
    for (const intake of intakesOfBothKinds()) {
      expect(subject.observed).toBe(false);
      subject.subscribe(intake);
      expect(subject.observed).toBe(true);
      intake.unsubscribe();
    }
    const subscription = subject.subscribe(() => {});
    expect(subject.observed).toBe(true);
    subscription.unsubscribe();
    expect(subject.observed).toBe(false);
  });

  it("completes its modules with everybody else", () => {
    const subject = new EventSubject();
    const intakes = intakesOfBothKinds();
    for (const intake of intakes) subject.subscribe(intake);
    subject.complete();
    expect(intakes.map(({ closed }) => closed)).toEqual([true, true]);
    expect(subject.observed).toBe(false);
  });

  it("emits nothing after its completion", () => {
    const subject = new EventSubject();
    const seen: number[] = [];
    subject.subscribe(({ event }) => seen.push(event.seq));
    subject.complete();
    subject.next(recordOf(1));
    expect(seen).toEqual([]);
  });
});

describe("Intake", () => {
  it("keeps what one module's intake throws from the others", () => {
    const subject = new EventSubject();
    const faults: unknown[] = [];
    const seen: number[] = [];
    const fault = new Error("its log is full");
    const failing = owner(() => {
      throw fault;
    });
    subject.subscribe(
      new Intake({ ...failing, onFault: ({ event }, cause) => faults.push([event.seq, cause]) }),
    );
    subject.subscribe(new Intake(owner(({ event }) => seen.push(event.seq))));
    subject.next(recordOf(5));
    expect(faults).toEqual([[5, fault]]);
    expect(seen).toEqual([5]);
  });

  it("takes nothing once it is unsubscribed, not even of the emission under way", () => {
    const subject = new EventSubject();
    const seen: number[] = [];
    const intake = new Intake(owner(({ event }) => seen.push(event.seq)));
    subject.subscribe(new Intake(owner(() => intake.unsubscribe())));
    subject.subscribe(intake);
    subject.next(recordOf(1));
    expect(seen).toEqual([]);
  });
});

/** One without a filter, one with. */
function intakesOfBothKinds(): Intake[] {
  return [undefined, () => true].map(
    (filter) =>
      new Intake(
        owner(() => {}),
        filter,
      ),
  );
}

function owner(accept: (record: EventRecord) => void): IntakeOwner {
  return {
    acceptedSeq: 0,
    counters: () => new TypeCounters(),
    accept,
    acceptRun: () => false,
    onFault: () => expect.unreachable(),
  };
}
