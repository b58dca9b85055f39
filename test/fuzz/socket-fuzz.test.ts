import fc from "fast-check";
import { config as rxjsConfig } from "rxjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { capabilities } from "../../src/manifest/index.js";
import { shortForm } from "../kit/campaign.js";
import { expectBalancedBooks } from "../kit/ipc-books.js";
import { type IpcHost, startIpcHost } from "../kit/ipc-host.js";
import type { WireClient } from "../kit/ipc-wire-client.js";
import { ChunkedSender } from "./chunked-sender.js";
import { type Story, stepBytes } from "./fuzz-story.js";
import { hostMaterial, hostStory } from "./host-fuzz.js";

const SEED = 20;
const everything = capabilities.map(({ name }) => name);
const material = hostMaterial(SEED);

/** Plays a story on a socket through either door of a new instance; resolves when the host has let the peer go. */
async function playOnSocket(host: IpcHost, story: Story): Promise<number> {
  const module = await host.open("fuzzed", { capabilities: everything, ipc: { requests_per_second: 0 } });
  const isPath = story.salt % 2 === 0;
  await using client = isPath ? await module.dial() : await module.descriptor();
  const { token } = module.endpoint;
  if (story.opening === "honest") {
    client.request(1, "Handshake", module.handshake(isPath ? { token } : {}));
    await client.answer(1);
    client.request(2, "SubscribeEvents", { event_types: ["FeeRateChanged", "ModuleLoaded"] });
  }
  const sender = new ChunkedSender(story.chunks, (chunk) => client.sendBytes(chunk));
  let previous: Uint8Array = new Uint8Array(0);
  let sent = 0;
  for (const step of story.steps) {
    if (client.isEnded) break;
    const bytes = stepBytes(step, material, { previous, lastSeq: highestSeq(client) });
    if (bytes === undefined) {
      host.bus.publish("FeeRateChanged", exampleEvent("FeeRateChanged"));
      // Half of the time what was sent so far arrives by itself.
      if (step.a % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
    } else {
      previous = bytes;
      sent++;
      sender.push(bytes);
    }
  }
  sender.flush();
  if (story.ending === "peer") client.socket.end();
  else if (story.ending === "cut off") client.socket.destroy();
  if (story.ending !== "host")
    await (module.connections.items.length > 0 ? module.closed : module.turnedAway).nth(1);
  await module.endpoint.close("the story is over");
  return sent;
}

function highestSeq(client: WireClient): number {
  const seqs = client.unread.filter(([kind]) => kind === 2).map(([, seq]) => seq as number);
  return Math.max(0, ...seqs);
}

describe("a host's doors on real sockets, fuzzed", () => {
  const thrown: unknown[] = [];
  beforeEach(() => {
    rxjsConfig.onUnhandledError = (error) => thrown.push(error);
  });
  afterEach(() => {
    rxjsConfig.onUnhandledError = null;
  });

  it("stand hostile clients on both, and serve an honest one all the while", {
    timeout: 180_000,
  }, async () => {
    await using host = await startIpcHost();
    const { connect } = await host.open("honest");
    await using honest = await connect();
    honest.request(2, "SubscribeEvents", { event_types: ["NewBlock"] });
    await honest.answer(2);
    const stories = fc.sample(hostStory, { seed: SEED, numRuns: shortForm(300, 40) });
    let sent = 0;
    for (const story of stories) {
      sent += await playOnSocket(host, story);
      expectBalancedBooks(host.bus);
      const seq = host.bus.publish("NewBlock", exampleEvent("NewBlock"));
      const [kind, delivered] = await honest.next();
      expect([kind, delivered]).toEqual([2, seq]);
      honest.send(7, seq);
    }
    expect(sent).toBeGreaterThan(stories.length * 5);
    expect(thrown).toEqual([]);
    expect(host.log.lines.filter(({ fields }) => "err" in fields)).toEqual([]);
  });
});
