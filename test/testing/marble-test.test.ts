import { describe, expect, it } from "vitest";
import { type MarbleRow, marbleTable, marbleTest } from "../../src/testing/index.js";
import { catchError } from "../kit/catch-error.js";

const full: MarbleRow = {
  name: "drops c",
  delivery: { capacity: 1, window: 1 },
  source: "-abc----------",
  modules: {
    slow: {
      handlerMs: 4,
      receives: "-a---(b1)-----",
      handles: "-----a---b----",
      dropped: "---c----------",
      gaps: ["c channel_full"],
      inFlight: "01111111100000",
      waiting: "00111000000000",
      books: "matched 3 = delivered 2 + dropped_full 1",
    },
  },
};

function withSlow(changes: Partial<MarbleRow["modules"][string]>): MarbleRow {
  return { ...full, modules: { slow: { ...full.modules.slow, ...changes } } };
}

function without(lane: string): MarbleRow {
  const { [lane as "gaps"]: _left, ...rest } = full.modules.slow ?? {};
  return { ...full, modules: { slow: rest } };
}

describe("marbleTest", () => {
  it("passes a row that draws what happens, and returns the recording", () => {
    const recording = marbleTest(full);
    expect(recording.publishes.map(({ symbol }) => symbol).join("")).toBe("abc");
    expect(recording.modules.get("slow")).toMatchObject({
      gaps: ["c channel_full"],
      books: full.modules.slow?.books,
    });
  });

  it("records the same at every run", () => {
    expect(marbleTest(full)).toEqual(marbleTest(full));
  });

  it.each([
    ["receives", { receives: "-a----(b1)----" }],
    ["receives", { receives: "-a---(1b)-----" }],
    ["handles", { handles: "-----a----b---" }],
    ["dropped", { dropped: "----c---------" }],
    ["dropped", { dropped: "--------------" }],
    ["failed", { failed: "---c----------" }],
    ["gaps", { gaps: ["c serialization"] }],
    ["gaps", { gaps: ["b-c channel_full"] }],
    ["gaps", { gaps: [] }],
    ["inFlight", { inFlight: "01111111110000" }],
    ["waiting", { waiting: "00011000000000" }],
    ["books", { books: "matched 3 = delivered 3" }],
  ] as const)("fails when %s is not what happened", (lane, changes) => {
    expect(catchError(() => marbleTest(withSlow(changes)))).toMatchObject({
      code: "MARBLES_DIFFER",
      details: { row: "drops c", lane: `slow.${lane}` },
    });
  });

  it.each(["dropped", "gaps"])("asserts that nothing happens where %s is left out", (lane) => {
    expect(catchError(() => marbleTest(without(lane)))).toMatchObject({
      code: "MARBLES_DIFFER",
      details: { lane: `slow.${lane}` },
    });
  });

  it.each(["handles", "inFlight", "waiting", "books"])("doesn't look at %s where it is left out", (lane) => {
    marbleTest(without(lane));
  });

  it("shows expectation, recording and the whole run when they differ", () => {
    const { message } = catchError(() => marbleTest(withSlow({ receives: "-a---(b2)-----" }))) as Error;
    expect(message).toContain("expected: -a---(b2)-----");
    expect(message).toContain("recorded: -a---(b1)-----");
    expect(message).toMatch(/^host publishes +-abc-{10}$/m);
    expect(message).toMatch(/^ {2}books +matched 3 = delivered 2 \+ dropped_full 1$/m);
  });

  it("sees what arrives after the last column", () => {
    const row: MarbleRow = {
      name: "ends too early",
      delivery: { window: 1 },
      source: "ab-",
      modules: { slow: { handlerMs: 50, receives: "a--" } },
    };
    expect(catchError(() => marbleTest(row))).toMatchObject({
      code: "MARBLES_DIFFER",
      details: { expected: "a--", recorded: `a${"-".repeat(49)}b` },
    });
  });

  it("fails a row that would pass whatever the host does", () => {
    const row: MarbleRow = {
      name: "vacuous",
      source: "-----",
      modules: { idle: { receives: "-----", books: "matched 0 = 0" } },
    };
    const error = catchError(() => marbleTest(row));
    expect(error).toMatchObject({ code: "BAD_MARBLES" });
    expect((error as Error).message).toContain("no arrival, no drop, no gap and no end is expected");
  });

  it("fails a row without modules", () => {
    expect(catchError(() => marbleTest({ name: "empty", source: "-a-", modules: {} }))).toMatchObject({
      code: "BAD_MARBLES",
    });
  });

  it.each([
    ["a line that is not aligned", { receives: "-a---(b1)" }, "slow.receives has 9 columns, source has 14"],
    [
      "a line that can't be read",
      { receives: "-a---(b1------" },
      'slow.receives: column 8 has "-" inside a group',
    ],
    ["an action that doesn't exist", { does: "-X------------" }, 'slow.does holds "X"'],
    ["a gap among the drops", { dropped: "---1----------" }, 'slow.dropped holds "1"'],
    ["levels that are no digits", { waiting: "-------------x" }, 'slow.waiting is "-------------x"'],
    ["levels that are not aligned", { waiting: "01" }, "slow.waiting has 2 columns"],
  ])("refuses %s", (_what, changes, problem) => {
    const error = catchError(() => marbleTest(withSlow(changes)));
    expect(error).toMatchObject({ code: "BAD_MARBLES" });
    expect((error as Error).message).toContain(problem);
  });

  it("refuses replies that never end", () => {
    const row: MarbleRow = {
      name: "endless",
      source: "a-",
      replies: { a: "b", b: "a" },
      modules: { one: { receives: "a-" } },
    };
    expect(catchError(() => marbleTest(row))).toMatchObject({ code: "BAD_MARBLES" });
  });

  it("shows an event that no letter stands for", () => {
    const row: MarbleRow = {
      name: "unnamed",
      source: "--a",
      modules: { one: { types: ["ModuleLoaded", "NewTransaction"], does: "S--", receives: "!-a" } },
    };
    expect(catchError(() => marbleTest(row))).toMatchObject({
      details: { recorded: "! at 0 ms, ? at 0 ms, a at 2 ms" },
    });
  });
});

describe("marbleTable", () => {
  it("keeps its title and rows as they are", () => {
    expect(marbleTable("promises", [full])).toEqual({ title: "promises", rows: [full] });
  });

  it("refuses an event whose payload holds a promise", () => {
    const events = { a: { type: "NewTransaction", payload: { tx_hash: Promise.resolve("") } } };
    expect(catchError(() => marbleTest({ ...full, events } as unknown as MarbleRow))).toMatchObject({
      code: "BAD_MARBLES",
      message: expect.stringMatching(/stands for a promise/) as string,
    });
  });

  it("refuses a run during which a promise decides what happens", () => {
    // No row can hold code; an event's payload is read by the engine, and a getter stands for an engine that errs.
    const payload = {
      get tx_hash() {
        void Promise.resolve().then(() => {});
        return "ab".repeat(32);
      },
    };
    const events = { a: { type: "NewTransaction", payload } } as unknown as MarbleRow["events"];
    expect(catchError(() => marbleTest({ ...full, ...(events && { events }) }))).toMatchObject({
      code: "BAD_MARBLES",
      message: expect.stringMatching(/promises were made while virtual time ran/) as string,
    });
  });
});
