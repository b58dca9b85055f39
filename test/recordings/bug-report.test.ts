import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type AnyEvent, eventTypes } from "../../src/events/index.js";
import { isReplayed, openRecording } from "../../src/recordings/index.js";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost } from "../../src/testing/index.js";
import { runCommand } from "../cli/run-in-process.js";
import { until } from "../kit/host-until.js";
import { blockFile, hostFolder, statsOf } from "../kit/host-whole.js";
import { collect } from "../kit/recording-files.js";

const types = ["NewBlock", "MempoolTransactionAdded", "PeerConnected"] as const;
const said = ({ type, payload }: Pick<AnyEvent, "type" | "payload">) => ({ type, payload });
const isTold = ({ type }: { readonly type: string }) => (types as readonly string[]).includes(type);

describe("a bug report", () => {
  it("is a file that another host, a module and a test host play again, event by event", async () => {
    await using folder = await hostFolder();
    const file = join(folder.path, "bug.rec");
    const chain = { files: [blockFile("482683.raw")], loop: true, events_per_second: 5_000 };
    const busy = folder.host({ chain });
    await busy.start();
    const peers = setInterval(
      () => busy.publish("PeerConnected", { ...peer, version: Date.now() % 1_000 }),
      5,
    );
    const report = await runCommand([
      "record",
      file,
      "--count",
      "1500",
      "--json",
      "--data-dir",
      folder.dataDir,
    ]);
    clearInterval(peers);
    await busy.close();
    expect([report.code, JSON.parse(report.stdout)]).toEqual([
      0,
      expect.objectContaining({ events: 1500, gaps: 0, lost_events: 0, ended: "count" }),
    ]);

    await using recording = await openRecording(file);
    const recorded = (await collect(recording.read())).flatMap((item) =>
      item.kind === "event" && isReplayed(item.event, "node") ? [item.event] : [],
    );
    expect(recorded.length).toBeGreaterThan(1400);
    expect(recorded.some(({ type }) => type === "PeerConnected")).toBe(true);

    await folder.install("recorder", "recorder", { config: `types = "${types.join(",")}"\n` });
    const other = folder.host({
      chain: { source: "recording" },
      recording: { file, pace: "events_per_second", events_per_second: 0 },
      delivery: { capacity: 10_000 },
    });
    const heard: AnyEvent[] = [];
    other.events$(...eventTypes).subscribe((event) => {
      if (isReplayed(event as AnyEvent, "node")) heard.push(event as AnyEvent);
    });
    await other.start();
    await until("the recording was played", () => heard.length === recorded.length);
    const told = recorded.filter(isTold);
    await until("the module handled it", () => statsOf(other, "recorder").delivered >= told.length);
    expect(heard.map(said)).toEqual(recorded.map(said));
    const handled = (await folder.recording("recorder")).types.filter((type) => isTold({ type }));
    expect(handled).toEqual(told.map(({ type }) => type));

    await using host = await startTestHost({ delivery: { capacity: 10, window: 10 } });
    await using module = await ModuleIntegration.connect(await host.door("tested"));
    const received: object[] = [];
    for (const type of types) {
      module.on(type, async (event) => {
        await Promise.resolve();
        received.push(said(event as AnyEvent));
      });
    }
    await module.subscribeEvents([...types]);
    expect(await host.play(file)).toBe(recorded.length);
    expect(received).toEqual(told.map(said));
    expect(host.books("tested")).toMatchObject({ delivered: told.length, dropped_full: 0 });
  });
});

const peer = { peer_addr: "192.0.2.1:8333", transport_type: "tcp", services: (1n << 63n) | 1n } as const;
