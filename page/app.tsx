import { useMemo, useState } from "preact/hooks";
import { ChainView } from "./chain-view.js";
import { LossList } from "./loss-list.js";
import { MarbleView } from "./marble-view.js";
import { ModulesTable } from "./modules-table.js";
import { RatesChart } from "./rates-chart.js";
import { StreamsView } from "./streams-view.js";
import { agoText, clockText, countText } from "./texts.js";
import { type Link, useLink } from "./use-link.js";
import { useScheme } from "./use-media.js";
import { type Question, WhyForm } from "./why-form.js";

export function App() {
  const { link, marbles, tickCount } = useLink();
  const scheme = useScheme();
  const [question, setQuestion] = useState<Question | undefined>(undefined);
  const { states, hello } = link;
  const state = states.at(-1);
  const modules = useMemo(() => state?.modules.map(({ name }) => name) ?? [], [state]);
  // Five ticks come in a second and one state: what shows the state is not drawn for each tick.
  const modulesTable = useMemo(() => <ModulesTable states={states} />, [states]);
  const streamsView = useMemo(() => <StreamsView states={states} />, [states]);
  const chainView = useMemo(() => <ChainView state={state} />, [state]);
  // What was paused, chosen, asked and drawn of another run of the host goes with it.
  const run = hello?.host_id ?? "";
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <h1>blvm-streams</h1>
        <LinkLine link={link} />
        <nav aria-label="Parts of this page">
          <a href="#events">Events</a>
          <a href="#why">Why</a>
          <a href="#modules">Modules</a>
          <a href="#streams">Streams</a>
          <a href="#chain">Chain</a>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <section id="events" aria-labelledby="events-title">
          <h2 id="events-title">Events as modules get them</h2>
          <MarbleView
            key={run}
            marbles={marbles}
            modules={modules}
            categoryOf={hello?.categories ?? noCategories}
            scheme={scheme}
            isFeedOpen={link.feed === "open"}
            tickCount={tickCount}
            onAsk={(asked) => setQuestion({ ...asked, run })}
          />
        </section>
        <div class="columns">
          <section id="why" aria-labelledby="why-title">
            <h2 id="why-title">Why did a module not get an event?</h2>
            <WhyForm
              key={run}
              modules={modules}
              question={question?.run === run ? question : undefined}
              lastSeq={state?.host.last_seq}
            />
          </section>
          <section aria-labelledby="losses-title">
            <h2 id="losses-title">Latest losses</h2>
            <LossList
              losses={marbles.model.losses}
              sinceMs={marbles.sinceMs}
              nowMs={marbles.model.newestMs || hello?.at_ms}
            />
          </section>
        </div>
        <section id="modules" aria-labelledby="modules-title">
          <h2 id="modules-title">Modules</h2>
          {modulesTable}
        </section>
        <section id="streams" aria-labelledby="streams-title">
          <h2 id="streams-title">Streams</h2>
          {streamsView}
        </section>
        <div class="columns">
          <section id="chain" aria-labelledby="chain-title">
            <h2 id="chain-title">Chain and host</h2>
            {chainView}
          </section>
          <section aria-labelledby="rates-title">
            <h2 id="rates-title">Events each second</h2>
            <RatesChart key={run} states={states} scheme={scheme} />
          </section>
        </div>
      </main>
    </>
  );
}

const noCategories = {};

function LinkLine({ link: { states, isHostThere, feed, restartedMs } }: { readonly link: Link }) {
  const state = states.at(-1);
  const ofMs = state === undefined ? "" : ` What is shown is of ${clockText(state.at_ms)}.`;
  const restarted =
    restartedMs === undefined ? "" : ` The host was restarted; reconnected at ${clockText(restartedMs)}.`;
  const [isGood, text] = (() => {
    if (feed === "open")
      return isHostThere || state === undefined
        ? [true, `Live.${restarted}`]
        : [
            false,
            `Events are live, numbers are not: the host does not tell its state.${ofMs} Trying again …`,
          ];
    if (isHostThere)
      return feed === "opening"
        ? [true, "Opening the feed of events …"]
        : [false, "No event feed: at most 8 pages may look at a time. Trying again …"];
    return feed === "opening" && state === undefined
      ? [true, "Connecting to the host …"]
      : [false, `No answer from the host.${ofMs} Trying again …`];
  })();
  return (
    <>
      <p class={isGood ? "good" : "bad"} role="status">
        {text}
      </p>
      {isHostThere && state !== undefined && (
        <p class="faint">
          Version {state.host.version}, {state.host.status}, up {agoText(state.host.up_ms)}, newest event{" "}
          {countText(state.host.last_seq)}
        </p>
      )}
    </>
  );
}
