import { Subject, VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { type AnyEvent, exampleEvent } from "../../src/events/index.js";
import { silentLogger } from "../../src/log.js";
import { StreamSet } from "../../src/streams/life/stream-set.js";
import { itemOf } from "../../src/streams/step.js";
import type { StreamItem } from "../../src/streams/stream-item.js";
import { honest, hostileFiles, stepped } from "../kit/streams-hostile.js";

function hostOfStreams() {
  const items$ = new Subject<StreamItem>();
  const written: string[] = [];
  const set = new StreamSet(
    {
      log: silentLogger,
      portsOf: () => ({
        scheduler: new VirtualTimeScheduler(),
        log: silentLogger,
        filesDir: "/nowhere",
        stdout: {
          write(text, done) {
            written.push(text);
            done();
            return true;
          },
        },
        events$: () => items$,
      }),
      wallClockMs: () => 0,
      random: () => 0,
    },
    { maxStreams: 10 },
  );
  let seq = 0;
  const publish = () => {
    const payload = { ...exampleEvent("MempoolTransactionAdded"), fee_rate: ++seq };
    const event = { seq, type: "MempoolTransactionAdded", payload, timestamp_ms: seq, source: "node" };
    items$.next(itemOf(event as AnyEvent, 0));
  };
  return { set, publish, written, text: () => written.join("") };
}

describe("A hostile stream file", () => {
  it.each(hostileFiles)(
    "with %s is refused with its place, and leaves other streams alone",
    async (_, text, word) => {
      const { set, publish, text: output } = hostOfStreams();
      set.apply("honest.yaml", honest());
      publish();
      set.apply("evil.yaml", text);
      publish();
      const [evil, other] = set.list();
      expect(evil).toMatchObject({ file: "evil.yaml", state: "broken", generation: 0 });
      const [problem] = evil?.problems ?? [];
      expect(problem).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
      expect(JSON.stringify(evil?.problems)).toMatch(word);
      expect(other).toMatchObject({ state: "running", generation: 1, problems: [] });
      // Put in the honest one's own place, it changes nothing of what runs.
      set.apply("honest.yaml", text);
      publish();
      expect(set.show("honest")).toMatchObject({ state: "running", generation: 1 });
      expect(set.show("honest").problems.length).toBeGreaterThan(0);
      await set.close(AbortSignal.timeout(5000));
      expect(output()).toBe("1\n2\n3\n");
      expect(({} as { readonly polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  it.each([
    ["that costs too much", "[1,2,3,4,5,6,7,8,9,10]"],
    ["that grows for ever", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]"],
  ])("with an expression %s loses its own items only", async (_, list) => {
    const { set, publish, text } = hostOfStreams();
    const nested = [..."abcdefgh"].reduce((inner, name) => `${list}.map(${name}, ${inner})`, "1");
    set.apply("evil.yaml", stepped(`map: ${JSON.stringify(nested)}`));
    set.apply("honest.yaml", honest());
    for (let n = 0; n < 3; n++) publish();
    const evil = set.show("evil").parts.find(({ id }) => id === "evil");
    expect(evil).toMatchObject({ in: 3, out: 0, errors: 3 });
    await set.close(AbortSignal.timeout(5000));
    expect(text()).toBe("1\n2\n3\n");
  });
});
