import type { PageState, PageStream, PageStreamPart } from "../src/http/page/page-messages.js";
import { rateOver } from "./rates.js";
import { countText, manyText, rateText } from "./texts.js";

export function StreamsView({ states }: { readonly states: readonly PageState[] }) {
  const streams = states.at(-1)?.streams;
  if (streams === undefined) return <p class="faint">Nothing is known yet.</p>;
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

type RateOf = (read: (now: PageStream) => number | undefined) => string;

/** The stream from its source over its steps to its sinks, with what flows between them. */
function StreamGraph({
  stream,
  states,
}: {
  readonly stream: PageStream;
  readonly states: readonly PageState[];
}) {
  const { name, state, generation, restarts, has_problem, parts } = stream;
  const rate: RateOf = (read) =>
    rateText(
      rateOver(states, ({ streams }) => {
        const now = streams.find((each) => each.name === name);
        return now === undefined ? undefined : read(now);
      }),
    );
  return (
    <article class="stream" aria-label={name}>
      <header>
        <h3 class="lines">{name}</h3>
        <span class={state === "running" || state === "completed" ? "good" : "bad"}>{state}</span>
        <Totals stream={stream} rate={rate} />
      </header>
      {has_problem && (
        <p class="bad lines">
          It has problems: <code>blvm-streams streams show {name}</code> tells them.
        </p>
      )}
      <ol class="graph" aria-label={`Graph of ${name}`}>
        <li class="source">
          <span class="node">source</span>
        </li>
        {parts.map((part) => (
          <li key={part.id} class={part.role}>
            <span class="edge">
              {rate((now) => now.parts.find(({ id }) => id === part.id)?.in)}{" "}
              <span aria-hidden="true">{part.role === "sink" ? "⇢" : "→"}</span>
            </span>
            <span class={part.dropped + part.errors > 0 ? "node line lossy" : "node line"}>
              {part.id} <span class="faint">{part.kind}</span>
            </span>
          </li>
        ))}
      </ol>
      <details>
        <summary>
          Counts of each part<span class="unseen"> of {name}</span>
        </summary>
        <PartsTable stream={stream} />
        <p class="faint">
          Generation {generation}, {manyText(restarts, "restart")}. A new generation begins with each change
          of its file.
        </p>
      </details>
    </article>
  );
}

/** What stands in the same place for each stream, so that many are read at a glance. */
function Totals({ stream: { intake, parts }, rate }: { readonly stream: PageStream; readonly rate: RateOf }) {
  const sinks = parts.filter(({ role }) => role === "sink");
  const sum = (of: readonly PageStreamPart[], read: (part: PageStreamPart) => number) =>
    of.reduce((total, part) => total + read(part), 0);
  const dropped = intake.dropped + sum(parts, (part) => part.dropped);
  const errors = sum(parts, (part) => part.errors);
  const out = (now: PageStream) =>
    sum(
      now.parts.filter(({ role }) => role === "sink"),
      (part) => part.out,
    );
  return (
    <ul class="totals">
      <li>
        {rate((now) => now.intake.in)} <span class="faint">in</span>
      </li>
      <li>
        {rate(out)} <span class="faint">out</span>
      </li>
      <li>
        {countText(intake.in)} <span class="faint">in</span>
      </li>
      <li>
        {countText(sum(sinks, (part) => part.out))} <span class="faint">out</span>
      </li>
      <li class={dropped > 0 ? "bad" : undefined}>
        {countText(dropped)} <span class={dropped > 0 ? undefined : "faint"}>dropped</span>
      </li>
      <li class={errors > 0 ? "bad" : undefined}>
        {countText(errors)} <span class={errors > 0 ? undefined : "faint"}>errors</span>
      </li>
    </ul>
  );
}

function PartsTable({ stream: { name, intake, parts } }: { readonly stream: PageStream }) {
  const source = { id: "source", kind: "", role: "step" as const, ...intake, out: intake.in, errors: 0 };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is beyond its edge is reached with the arrow keys
    <section class="scroll" aria-label={`Table of the parts of ${name}`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {["Part", "Kind", "In", "Out", "Held", "Dropped", "Errors"].map((title) => (
              <th key={title} scope="col" class={title === "Kind" ? "words" : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[source, ...parts].map(({ id, kind, role, in: taken, out, held, dropped, errors }, index) => (
            <tr key={index === 0 ? "" : `${role} ${id}`}>
              <th scope="row">{id}</th>
              <td class="words">
                {kind}
                {role === "sink" && " (sink)"}
              </td>
              <td>{countText(taken)}</td>
              <td>{countText(out)}</td>
              <td>{countText(held)}</td>
              <td class={dropped > 0 ? "bad" : undefined}>{countText(dropped)}</td>
              <td class={errors > 0 ? "bad" : undefined}>{countText(errors)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
