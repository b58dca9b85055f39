import { useEffect, useRef, useState } from "preact/hooks";
import type { PageAnswer } from "../src/http/page/page-messages.js";
import { askWhy } from "./host-link.js";
import { clockText, countText, fateText } from "./texts.js";

export interface Question {
  readonly module: string;
  readonly seq: number;
  /** The run of the host that has this event. */
  readonly run: string;
}

interface WhyFormProps {
  readonly modules: readonly string[];
  /** What the diagram asks; each new object is asked once. */
  readonly question: Question | undefined;
  readonly lastSeq: number | undefined;
}

type Outcome = { readonly answer: PageAnswer } | { readonly problem: string } | undefined;

export function WhyForm({ modules, question, lastSeq }: WhyFormProps) {
  const [module, setModule] = useState("");
  const [event, setEvent] = useState("");
  const [outcome, setOutcome] = useState<Outcome>(undefined);
  const asked = useRef(0);
  const chosen = modules.includes(module) ? module : (modules[0] ?? "");

  async function ask(ofModule: string, ofEvent: string): Promise<void> {
    const turn = ++asked.current;
    let next: Outcome;
    try {
      next = { answer: await askWhy(ofModule, ofEvent) };
    } catch (error) {
      next = { problem: error instanceof Error ? error.message : String(error) };
    }
    // Only the last question is answered.
    if (turn === asked.current) setOutcome(next);
  }

  useEffect(() => {
    if (question === undefined) return;
    setModule(question.module);
    setEvent(String(question.seq));
    void ask(question.module, String(question.seq));
  }, [question]);

  return (
    <>
      <form
        class="row"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          void ask(chosen, event.trim());
        }}
      >
        <span class="field">
          <label for="why-module">Module</label>
          <select
            id="why-module"
            value={chosen}
            onChange={({ currentTarget }) => setModule(currentTarget.value)}
          >
            {modules.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </span>
        <span class="field">
          <label for="why-event">Event</label>
          <input
            id="why-event"
            inputMode="numeric"
            pattern="[1-9][0-9]*"
            required
            autoComplete="off"
            title="The number of an event: a whole number from 1 on"
            placeholder={lastSeq === undefined || lastSeq === 0 ? "" : `1 to ${lastSeq}`}
            value={event}
            onInput={({ currentTarget }) => setEvent(currentTarget.value)}
          />
        </span>
        <button type="submit">Ask</button>
      </form>
      <div role="status" class="answer">
        {outcome === undefined && (
          <p class="faint">
            Type the number of an event, or choose one in the diagram. The last 65,536 are known.
          </p>
        )}
        {outcome !== undefined && "problem" in outcome && <p class="bad">{outcome.problem}</p>}
        {outcome !== undefined && "answer" in outcome && <Answer answer={outcome.answer} />}
      </div>
    </>
  );
}

function Answer({
  answer: { module, seq, fate, text, event_type, published_ms },
}: {
  readonly answer: PageAnswer;
}) {
  return (
    <>
      <p>
        <strong>
          Event {countText(seq)}
          {event_type !== undefined && ` (${event_type})`}, {module}: {fateText(fate)}
        </strong>
        {published_ms !== undefined && <span class="faint"> published at {clockText(published_ms)}</span>}
      </p>
      <p>{text}</p>
    </>
  );
}
