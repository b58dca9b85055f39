import { describe, expect, it } from "vitest";
import { EventBus } from "../../src/bus/index.js";
import type { HandshakeAck, HostEnd } from "../../src/ipc/index.js";
import { silentLogger } from "../../src/log.js";
import { LoadedModules, openModuleSession } from "../../src/supervisor/index.js";
import { RecordingSink } from "../kit/bus-recording-sink.js";
import { sizedEncoder, sizedPayload } from "../kit/bus-sized-events.js";

/** A session on a connection that only writes down what it is sent. */
function openSession(isStopping: boolean) {
  const bus = new EventBus({ ...sizedEncoder(), log: silentLogger, nowMs: () => 1 });
  const loaded = new LoadedModules(bus, () => {});
  const announcement = {
    moduleName: "one",
    version: "1.0.0",
    isAnnounced: true,
    isStopping: () => isStopping,
  };
  const sink = new RecordingSink();
  const { pipeline } = openModuleSession(
    {
      bus,
      loaded,
      serve: () => {},
      onRefused: () => {},
      log: silentLogger,
      logLimiter: { admit: () => true },
    },
    {
      moduleId: "one_0",
      capabilities: new Set(),
      rpcOverrides: [],
      announcement,
      delivery: { capacity: 10, window: 10, max_bytes: 100_000 },
      maxFrameBytes: 100_000,
      onClosed: () => {},
    },
    sink as unknown as HostEnd,
    { features: ["ack", "gap"] } as unknown as HandshakeAck,
  );
  let isAnswered = false;
  loaded.subscribe(pipeline, announcement, ["NewBlock"], () => {
    isAnswered = true;
  });
  bus.publish("NewBlock", sizedPayload("NewBlock", 10));
  return { isAnswered, sent: sink.eventSeqs, subscribers: bus.getSubscribers("NewBlock") };
}

describe("a module's session", () => {
  it("takes part in the events from its subscription on", () => {
    expect(openSession(false)).toEqual({ isAnswered: true, sent: [1], subscribers: ["one"] });
  });

  it("gives nothing more to a module that comes back while it is being stopped, and answers it", () => {
    expect(openSession(true)).toEqual({ isAnswered: true, sent: [], subscribers: [] });
  });
});
