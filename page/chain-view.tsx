import type { ComponentChildren } from "preact";
import type { PageState } from "../src/http/page/page-messages.js";
import { agoText, bytesText, countText } from "./texts.js";

export function ChainView({ state }: { readonly state: PageState | undefined }) {
  if (state === undefined) return <p class="faint">Nothing is known yet.</p>;
  const { chain, sandbox, at_ms } = state;
  const { mempool } = chain;
  return (
    <dl>
      <Fact name="Source">
        <span class="lines">{chain.source}</span>
      </Fact>
      <Fact name="Height">{chain.height === null ? "not known yet" : countText(chain.height)}</Fact>
      <Fact name="Last block">
        {chain.last_block_ms === null
          ? "none since the host started"
          : `${agoText(at_ms - chain.last_block_ms)} ago`}
      </Fact>
      <Fact name="Synced">{chain.is_synced === null ? "not known" : chain.is_synced ? "yes" : "no"}</Fact>
      <Fact name="Blocks connected">{countText(chain.connected_blocks)}</Fact>
      <Fact name="Disconnected">
        {countText(chain.disconnected_blocks)}, in {countText(chain.reorganisations)} reorganisations
      </Fact>
      <Fact name="Mempool">
        {mempool === null
          ? "the source does not tell"
          : `${countText(mempool.transactions)} transactions, ${bytesText(mempool.bytes)}`}
      </Fact>
      {sandbox !== null && (
        <Fact name="Sandbox">
          {sandbox.mode === "off" ? (
            <span class="bad">off: modules run with all the rights of the host</span>
          ) : (
            sandbox.layers.map(({ number, title, status }) => (
              <span key={number} class={status === "enforced" ? undefined : "bad"}>
                L{number} {title}: {status}
                <br />
              </span>
            ))
          )}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
