import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { compileExpression, explainExpression, MAX_SOURCE_CHARACTERS } from "../../src/expressions/index.js";
import { dataScope, evaluate, eventScope, thrownBy } from "./evaluate.js";

const scope = eventScope("MempoolTransactionAdded");
const event = {
  seq: 7,
  type: "MempoolTransactionAdded",
  timestamp_ms: 1_700_000_000_000,
  source: "node",
  payload: { tx_hash: "ab".repeat(32), fee_rate: 60.5, mempool_size: 12 },
};

describe("An expression that doesn't fit", () => {
  it.each([
    ["event.payload.fee_rat > 50.0", 14, "the field fee_rat", "did you mean fee_rate?"],
    ["event.fee_rate > 50.0", 6, "the field fee_rate", "write .payload.fee_rate"],
    ["event.payload.seq > 1.0", 14, "the field seq", "a field of the event"],
    ["true && evnt.seq > 1.0", 8, "the name evnt", "did you mean event?"],
    ['type == "NewBlock"', 0, "the name type", "write event.type"],
    ["fee_rate > 50.0", 0, "the name fee_rate", "event.payload.fee_rate"],
    ['event.payload.fee_rate > "a"', 0, "no such overload: double > string", ""],
    ["maxx([1])", 0, "maxx() with 1 arguments", "did you mean max?"],
    ['hex(b"a")', 0, "hex() with 1 arguments", "write value.hex()"],
    ["abs(1, 2)", 0, "abs() with 2 arguments", "abs"],
    ["[1].trim()", 0, "no matching overload", ""],
    ["has(event)", 4, "no field inside of has", ""],
    ["1 +", 3, "Unexpected token: EOF", "docs/expressions.md"],
    ["", 0, "Unexpected token: EOF", ""],
    ["1 in []", 0, "overlaps", ""],
    ["1u", 0, "an unsigned literal", ""],
    ["99999999999999999999", 0, "an int beyond 64 bits", ".0"],
    ["event.__proto__", 6, "the field __proto__", ""],
    ['event.payload["constructor"]', 0, "constructor", ""],
    ['timestamp("2026-01-01T00:00:00Z")', 0, "timestamp()", ""],
    ["type(1)", 0, "a type as the result", "type(value) == string"],
    ["int", 0, "a type as the result", ""],
    ["uint", 0, "the name uint", ""],
  ])("is refused with its place: %s", (source, at, found, hint) => {
    const error = thrownBy(() => compileExpression(source, scope, "any"));
    expect(error).toMatchObject({ code: "EXPRESSION_INVALID", details: { at, source } });
    expect(error.message).toContain(found);
    expect(error.message).toContain(hint);
  });

  it.each([
    '"a".matches("(a*)*b")',
    '[1].exists(x, "a".matches("b"))',
    '[1].map(x, x > 0, "a".matches("b"))',
    'cel.bind(t, "a", t.matches("b"))',
    'false ? "a".matches("b") : true',
    'dyn("a").matches("b")',
    '{"a": "b".matches("c")}',
  ])("is refused for matches wherever it stands: %s", (source) => {
    expect(thrownBy(() => compileExpression(source, dataScope, "any")).message).toContain(
      "allowed is regex(text, pattern)",
    );
  });

  it.each([
    ["1", "bool"],
    ["'a'", "number"],
    ["1.5", "string"],
    ["[true]", "bool"],
  ] as const)("is refused when %s is no %s", (source, wanted) => {
    expect(thrownBy(() => compileExpression(source, dataScope, wanted)).message).toContain(
      `allowed is one of type ${wanted}`,
    );
  });

  it("is refused when it is longer than the limit, and its message stays short", () => {
    const source = `'${"a".repeat(1_000_000)}'`;
    const { code, message } = thrownBy(() => compileExpression(source, dataScope, "any"));
    expect([code, message.length < 600]).toEqual(["EXPRESSION_INVALID", true]);
    const fits = `'${"a".repeat(MAX_SOURCE_CHARACTERS - 2)}'`;
    expect(evaluate(fits)).toHaveLength(MAX_SOURCE_CHARACTERS - 2);
  });

  it.each([
    ["computed patterns", "regex('a', value)"],
    ["long patterns", `regex('a', '${"a".repeat(129)}')`],
    ["many patterns", Array.from({ length: 5 }, (_, n) => `regex('a', '${n}')`).join(" || ")],
    ["look-around", "regex('a', '(?=a)')"],
  ])("is refused for %s of regex", (_what, source) => {
    expect(thrownBy(() => compileExpression(source, dataScope, "any")).code).toBe("EXPRESSION_INVALID");
  });
});

describe("An expression over events", () => {
  it("reads fields of payload and envelope", () => {
    expect(evaluate("event.payload.fee_rate > 50", event, scope, "bool")).toBe(true);
    expect(evaluate('event.source + ":" + event.type', event, scope, "string")).toBe(
      "node:MempoolTransactionAdded",
    );
  });

  it("reads bit sets of 64 bits as ints", () => {
    const peers = eventScope("PeerConnected");
    const payload = { ...exampleEvent("PeerConnected"), services: 2n ** 63n + 1n };
    const peer = { ...event, type: "PeerConnected", payload };
    expect(evaluate("bit(event.payload.services, 0)", peer, peers)).toBe(true);
    expect(evaluate("event.payload.services", peer, peers)).toBe(payload.services);
    expect(evaluate("event.payload.services > 5.5", peer, peers)).toBe(true);
  });

  it("fails on a field that another of its types has, unless has guards it", () => {
    const both = eventScope("MempoolTransactionAdded", "NewBlock");
    expect(thrownBy(() => evaluate("event.payload.height > 1.0", event, both)).code).toBe(
      "EXPRESSION_FAILED",
    );
    expect(evaluate("has(event.payload.height) && event.payload.height > 1.0", event, both)).toBe(false);
  });

  it("answers the very event where nothing in it needs a change", () => {
    expect(evaluate("event", event, scope)).toBe(event);
  });

  it("knows the elements of a list of events", () => {
    const list = { item: { kind: "list", of: scope.item, maxItems: 10 } } as const;
    expect(evaluate("max(events.map(e, e.payload.fee_rate))", [event], list, "number")).toBe(60.5);
    expect(thrownBy(() => evaluate("events.map(e, e.payload.fee_rat)", [event], list)).message).toContain(
      "did you mean fee_rate?",
    );
  });

  it("reads the variables that its step adds", () => {
    const adding = compileExpression("acc + value", { ...dataScope, extra: { acc: "double" } }, "number");
    expect(adding.evaluate(2, { acc: 40.5 })).toBe(42.5);
    expect(thrownBy(() => adding.evaluate(2)).code).toBe("EXPRESSION_FAILED");
  });
});

describe("Data from elsewhere", () => {
  const hostile = JSON.parse('{"__proto__": {"polluted": 1}, "list": [1, 2], "n": null}') as unknown;

  it.each([
    "value.constructor",
    "value.toString",
    "value.__proto__",
    "value.list.length",
    'value["constructor"]',
    'value.list["length"]',
    "value.list.constructor",
    "value.n.x",
    "value.missing",
  ])("shows nothing of JavaScript's objects: %s", (source) => {
    const run = () => evaluate(source, JSON.parse('{"list": [1, 2], "n": null}'));
    expect(thrownBy(run).code).toBe("EXPRESSION_FAILED");
  });

  it("is refused as a result when it has the key __proto__", () => {
    expect(thrownBy(() => evaluate("value", hostile)).message).toContain("__proto__");
    expect(thrownBy(() => evaluate('{"__proto__": 1}')).message).toContain("__proto__");
  });

  it("is refused as a result when it is nested too deeply, or is no data", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 5000; level++) deep = [deep];
    expect(thrownBy(() => evaluate("[value]", deep)).code).toBe("EXPRESSION_FAILED");
    for (const strange of [new Date(), new Map(), Symbol("a"), () => 1, Number.NaN])
      expect(thrownBy(() => evaluate("[value]", strange)).code).toBe("EXPRESSION_FAILED");
  });

  it("keeps bytes, and turns ints into numbers where a number holds them", () => {
    const bytes = Uint8Array.of(1, 2);
    expect(evaluate("[value, 5, 9007199254740993]", bytes)).toEqual([bytes, 5, 9007199254740993n]);
  });
});

describe("explainExpression", () => {
  it("answers the result with its type, its steps and its time", () => {
    const trial = explainExpression("event.payload.fee_rate > 50.0", scope, event);
    expect(trial).toMatchObject({ result: true, resultType: "bool", steps: 5, limitSteps: 100_000 });
    expect(trial.ns).toBeGreaterThan(0);
  });
});
