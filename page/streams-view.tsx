import type { PageState, PageStream, PageStreamPart } from "../src/http/page/page-messages.js";
import { rateOver } from "./rates.js";
import { countText, rateText } from "./texts.js";

export function StreamsView({ states }: { readonly states: readonly PageState[] }) {
  const streams = states.at(-1)?.streams ?? [];
  if (streams.length === 0)
    return (
      <p class="faint">
        The host runs no streams. <code>[streams] dir</code> names the folder with their files.
      </p>
    );
  return (
    <>
      {streams.map((stream) => (
        <StreamGraph key={stream.name} stream={stream} states={states} />
      ))}
    </>
  );
}

/** The stream from its source over its steps to its sinks, with what flows between them. */
function StreamGraph({
  stream,
  states,
}: {
  readonly stream: PageStream;
  readonly states: readonly PageState[];
}) {
  const { name, state, generation, restarts, has_problem, intake, parts } = stream;
  const steps = parts.filter(({ role }) => role === "step");
  const sinks = parts.filter(({ role }) => role === "sink");
  const rate = (read: (now: PageStream) => number | undefined) =>
    rateText(
      rateOver(states, ({ streams }) => {
        const now = streams.find((each) => each.name === name);
        return now === undefined ? undefined : read(now);
      }),
    );
  const intoPart = (id: string) => rate((now) => now.parts.find((part) => part.id === id)?.in);
  return (
    <article class="stream">
      <h3>
        {name} <span class={state === "running" || state === "completed" ? "good" : "bad"}>{state}</span>{" "}
        <span class="faint">
          generation {generation}
          {restarts > 0 && `, ${countText(restarts)} restarts`}
        </span>
      </h3>
      {has_problem && (
        <p class="bad">
          It has problems: <code>blvm-streams streams show {name}</code> tells them.
        </p>
      )}
      <ol class="graph" aria-label={`Graph of ${name}`}>
        <li class="source">
          <span class="node">
            source
            <Losses dropped={intake.dropped} errors={0} held={intake.held} />
          </span>
        </li>
        {steps.map((step) => (
          <PartNode key={step.id} part={step} inRate={intoPart(step.id)} />
        ))}
        <li>
          <ul aria-label="Sinks">
            {sinks.map((sink) => (
              <PartNode key={sink.id} part={sink} inRate={intoPart(sink.id)} />
            ))}
          </ul>
        </li>
      </ol>
    </article>
  );
}

function PartNode({ part, inRate }: { readonly part: PageStreamPart; readonly inRate: string }) {
  const { id, kind, role, dropped, errors, held } = part;
  return (
    <li class={role}>
      <span class="edge">
        {inRate} <span aria-hidden="true">→</span>
      </span>
      <span class="node">
        {id} <span class="faint">{kind}</span>
        <span class="faint">
          , {countText(part.in)} in, {countText(part.out)} out
        </span>
        <Losses dropped={dropped} errors={errors} held={held} />
      </span>
    </li>
  );
}

interface LossesProps {
  readonly dropped: number;
  readonly errors: number;
  readonly held: number;
}

function Losses({ dropped, errors, held }: LossesProps) {
  return (
    <>
      {held > 0 && <span class="faint">, {countText(held)} held</span>}
      {dropped > 0 && <span class="bad">, {countText(dropped)} dropped</span>}
      {errors > 0 && <span class="bad">, {countText(errors)} errors</span>}
    </>
  );
}
