import { useState } from "preact/hooks";
import { ChainView } from "./chain-view.js";
import { useDark } from "./colours.js";
import { LossList } from "./loss-list.js";
import { MarbleView } from "./marble-view.js";
import { ModulesTable } from "./modules-table.js";
import { RatesChart } from "./rates-chart.js";
import { StreamsView } from "./streams-view.js";
import { agoText, clockText, countText } from "./texts.js";
import { type Link, useLink } from "./use-link.js";
import { type Question, WhyForm } from "./why-form.js";

export function App() {
  const { link, marbles, tickCount } = useLink();
  const isDark = useDark();
  const [question, setQuestion] = useState<Question | undefined>(undefined);
  const state = link.states.at(-1);
  const modules = state?.modules.map(({ name }) => name) ?? [];
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
      <main id="main">
        <section id="events" aria-labelledby="events-title">
          <h2 id="events-title">Events as modules get them</h2>
          <MarbleView
            marbles={marbles}
            modules={modules}
            categoryOf={link.hello?.categories ?? {}}
            isDark={isDark}
            isFeedOpen={link.isFeedOpen}
            tickCount={tickCount}
            onAsk={setQuestion}
          />
        </section>
        <div class="columns">
          <section id="why" aria-labelledby="why-title">
            <h2 id="why-title">Why did a module not get an event?</h2>
            <WhyForm modules={modules} question={question} lastSeq={state?.host.last_seq} />
          </section>
          <section aria-labelledby="losses-title">
            <h2 id="losses-title">Latest losses</h2>
            <LossList losses={marbles.model.losses} />
          </section>
        </div>
        <section id="modules" aria-labelledby="modules-title">
          <h2 id="modules-title">Modules</h2>
          <ModulesTable states={link.states} />
        </section>
        <section id="streams" aria-labelledby="streams-title">
          <h2 id="streams-title">Streams</h2>
          <StreamsView states={link.states} />
        </section>
        <div class="columns">
          <section id="chain" aria-labelledby="chain-title">
            <h2 id="chain-title">Chain and host</h2>
            <ChainView state={state} />
          </section>
          <section aria-labelledby="rates-title">
            <h2 id="rates-title">Events each second</h2>
            <RatesChart states={link.states} isDark={isDark} />
          </section>
        </div>
      </main>
    </>
  );
}

function LinkLine({ link: { states, isHostThere, isFeedOpen, restartedMs } }: { readonly link: Link }) {
  const state = states.at(-1);
  if (!isHostThere && !isFeedOpen)
    return (
      <p class="bad" role="status">
        {state === undefined
          ? "Connecting to the host …"
          : `No answer from the host. What is shown is of ${clockText(state.at_ms)}. Trying again …`}
      </p>
    );
  const restarted =
    restartedMs === undefined ? "" : ` The host was restarted; reconnected at ${clockText(restartedMs)}.`;
  return (
    <>
      <p class={isFeedOpen ? "good" : "bad"} role="status">
        {isFeedOpen ? "Live." : "No event feed: at most 8 pages may look at a time. Trying again …"}
        {restarted}
      </p>
      {state !== undefined && (
        <p class="faint">
          {state.host.version}, {state.host.status}, up {agoText(state.host.up_ms)}, newest event{" "}
          {countText(state.host.last_seq)}
        </p>
      )}
    </>
  );
}
