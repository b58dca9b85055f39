import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../../src/events/index.js";
import type { SinkPorts } from "../../../src/streams/sink.js";
import { bufferedSink, numbered, prepareSink } from "../../kit/streams-sink.js";

/** An output whose reader takes a text when it is told to. */
function slowOutput() {
  const texts: string[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const stdout: SinkPorts["stdout"] = {
    write(text, written) {
      texts.push(text);
      waiting.push(written);
      return false;
    },
  };
  return { stdout, texts, waiting };
}

const block = {
  seq: 7,
  type: "NewBlock",
  payload: { ...exampleEvent("NewBlock"), height: 8 },
  timestamp_ms: 1,
  source: "node",
};
const blocks = { kind: "event", types: ["NewBlock"] } as const;

function lineOf(options: object, value: unknown): string {
  const { stdout, texts } = slowOutput();
  const { buffer } = bufferedSink("stdout", options, {
    ports: { stdout },
    ...(value === block && { input: blocks }),
  });
  buffer.offer(numbered(7, value));
  return texts.join("");
}

describe("The stdout sink", () => {
  it("writes events and data as lines of JSON that hold what JSON lacks", () => {
    expect(JSON.parse(lineOf({}, block))).toMatchObject({ seq: 7, type: "NewBlock", payload: { height: 8 } });
    expect(lineOf({}, { big: 2n ** 60n, raw: new Uint8Array([1, 255]), no: undefined, text: "a\nb" })).toBe(
      '{"big":"1152921504606846976","raw":"01ff","text":"a\\nb"}\n',
    );
  });

  it("writes lines for people that can't steer their terminal", () => {
    expect(lineOf({ format: "pretty" }, block)).toMatch(/^2023-11-14T22:13:20.007Z NewBlock #7 .*height=8/);
    expect(lineOf({ format: "pretty" }, { evil: "\u001b[2J\u009b\u202e" })).toMatch(
      /data #7 evil="\\u001b\[2J\\x9b\\u\{202e\}"\n$/,
    );
  });

  it("writes the text of a template with words and expressions in it", () => {
    const template = "{name}/{type} {{{seq}}} at {event.payload.height}: {event.payload.height > 5.0}";
    expect(lineOf({ format: "template", template }, block)).toBe("test/NewBlock {7} at 8: true\n");
    expect(lineOf({ format: "template", template: "{value}" }, "\u001b[2J\n")).toBe("\\x1b[2J\\x0a\n");
  });

  it("waits until its reader took a text and keeps no more than its buffer meanwhile", async () => {
    const { stdout, texts, waiting } = slowOutput();
    const { buffer, counters } = bufferedSink("stdout", {}, { ports: { stdout }, capacity: 10 });
    for (let seq = 1; seq <= 1000; seq++) buffer.offer(numbered(seq));
    expect(texts).toEqual(["1\n"]);
    expect(counters).toMatchObject({ held: 11, dropped: 989 });
    waiting.shift()?.();
    await expect.poll(() => texts).toEqual(["1\n", "2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n"]);
    waiting.shift()?.();
    await buffer.close(new AbortController().signal);
    expect(counters).toMatchObject({ in: 1000, out: 11, dropped: 989, held: 0 });
  });

  it("loses of a batch only the items whose template fails", async () => {
    const { stdout, texts, waiting } = slowOutput();
    const options = { format: "template", template: "{value.a}" };
    const { buffer, counters } = bufferedSink("stdout", options, { ports: { stdout } });
    for (const [seq, value] of [{ a: 1 }, { a: 2 }, {}, { a: 4 }].entries())
      buffer.offer(numbered(seq, value));
    waiting.shift()?.();
    await expect.poll(() => texts).toEqual(["1\n", "2\n4\n"]);
    waiting.shift()?.();
    await expect.poll(() => counters).toMatchObject({ in: 4, out: 3, errors: 1, held: 0 });
  });

  it("counts errors when its reader went away, warns once and writes no more", async () => {
    const reader = spawn("head", ["-n", "1"], { stdio: ["pipe", "pipe", "inherit"] });
    reader.stdin.on("error", () => {});
    let writes = 0;
    const stdout: SinkPorts["stdout"] = {
      write(text, written) {
        writes++;
        return reader.stdin.write(text, written);
      },
    };
    const { buffer, counters, log } = bufferedSink("stdout", {}, { ports: { stdout } });
    const gone = once(reader, "exit");
    buffer.offer(numbered(1));
    const [line] = await once(reader.stdout, "data");
    expect(String(line)).toBe("1\n");
    await gone;
    await expect
      .poll(() => {
        buffer.offer(numbered(2));
        return counters.errors;
      })
      .toBeGreaterThan(0);
    await expect.poll(() => counters.held).toBe(0);
    const writesThen = writes;
    for (let seq = 3; seq < 100; seq++) buffer.offer(numbered(seq));
    await expect.poll(() => counters.held).toBe(0);
    expect(writes).toBe(writesThen);
    expect(counters.in).toBe(counters.out + counters.errors);
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(["STDOUT_GONE"]);
  });

  it.each([
    [{ format: "template" }, "template"],
    [{ template: "x" }, "template"],
    [{ format: "template", template: "{" }, "brace"],
    [{ format: "template", template: "{}" }, "brace"],
    [{ format: "template", template: "{value" }, "brace"],
    [{ format: "template", template: "{seq}".repeat(21) }, "20 places"],
    [{ format: "template", template: "{unknown.x}" }, "unknown"],
    [{ format: "xml" }, "format"],
  ])("refuses %j", (options, message) => {
    expect(() => prepareSink("stdout", options)).toThrow(message);
  });
});
