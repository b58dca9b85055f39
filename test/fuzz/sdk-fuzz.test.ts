import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { shortForm } from "../kit/campaign.js";
import { pack } from "../kit/ipc-bytes.js";
import { startScriptedHost } from "../sdk/scripted-host.js";
import { ChunkedSender } from "./chunked-sender.js";
import { messageFromHost, messageFromModule } from "./fuzz-messages.js";
import { type Material, type Story, stepBytes } from "./fuzz-story.js";
import { moduleStory } from "./module-fuzz.js";
import { recordTraffic } from "./recorded-traffic.js";

const SEED = 30;
const material: Material = {
  recorded: recordTraffic().fromHost,
  messages: fc.sample(messageFromHost, { seed: SEED, numRuns: 300 }).map(pack),
  otherSide: fc.sample(messageFromModule, { seed: SEED, numRuns: 30 }).map(pack),
};

/** A module of the SDK, handlers and all, on a host that plays a story; resolves when the module has closed. */
async function playAgainstSdk(story: Story): Promise<void> {
  await using host = await startScriptedHost();
  const connecting = ModuleIntegration.connect(host.door);
  const { client } = await host.greet(1);
  const module = await connecting;
  module.on("NewBlock", () => {});
  module.on("FeeRateChanged", () => Promise.reject(new Error("a handler that fails")));
  module.onGap(() => {});
  const subscribed = module.subscribeEvents(["NewBlock", "FeeRateChanged"]).catch(() => {});
  const asked = module.nodeApi.getChainInfo({ timeoutMs: 1000 }).catch(() => {});
  client.send(2, 1, 0, "NewBlock", exampleEvent("NewBlock"), "node");
  const sender = new ChunkedSender(story.chunks, (chunk) => client.sendBytes(chunk));
  let previous: Uint8Array = new Uint8Array(0);
  for (const step of story.steps) {
    if (client.isEnded) break;
    const bytes = stepBytes(step, material, { previous, lastSeq: 0 });
    if (bytes === undefined) await new Promise((resolve) => setImmediate(resolve));
    else {
      previous = bytes;
      sender.push(bytes);
    }
  }
  sender.flush();
  await host.stopListening();
  if (story.ending === "cut off") client.socket.destroy();
  else {
    // The module answers the end of the stream with its own, so it has read all that came before.
    client.socket.end();
    await client.untilEnd();
  }
  await module.close();
  await Promise.all([subscribed, asked]);
}

describe("the SDK against a hostile host", () => {
  it("throws at nobody and closes when it is told to", { timeout: 120_000 }, async () => {
    const uncaught: unknown[] = [];
    const note = (error: unknown) => uncaught.push(error);
    process.on("uncaughtException", note).on("unhandledRejection", note);
    try {
      for (const story of fc.sample(moduleStory, { seed: SEED, numRuns: shortForm(150, 20) }))
        await playAgainstSdk(story);
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("uncaughtException", note).off("unhandledRejection", note);
    }
    expect(uncaught).toEqual([]);
  });
});
