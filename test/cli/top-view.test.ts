import { describe, expect, it } from "vitest";
import { topRows } from "../../src/cli/top-rows.js";
import { firstView, pressKey, type TopView, topScreen, topTable } from "../../src/cli/top-view.js";
import { answerOf, exampleFigures } from "./figures-example.js";

const rows = topRows(
  undefined,
  answerOf(
    0,
    exampleFigures("one", { lost: 1 }),
    exampleFigures("two", { lost: 2 }),
    exampleFigures("other"),
  ),
);

function press(keys: string, view: TopView = firstView): TopView {
  return [...keys].reduce(pressKey, view);
}

function shown(view: TopView): string[] {
  return topTable(rows, view)
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(" ")[0] ?? "");
}

describe("the keys of top", () => {
  it.each([
    ["", ["two", "one", "other"]],
    ["r", ["other", "one", "two"]],
    ["rr", ["two", "one", "other"]],
    ["SS", ["one", "other", "two"]],
    ["/o\r", ["two", "one", "other"]],
    ["/ot\r", ["other"]],
    ["/otx\u007f\r", ["other"]],
    ["/ot\u001b", ["two", "one", "other"]],
    ["/ot\r\u001b", ["two", "one", "other"]],
    ["/q\r", []],
    ["xyz\u0000\t", ["two", "one", "other"]],
  ])("%j show %j", (keys, names) => {
    const view = press(keys);
    expect(shown(view)).toEqual(names);
    expect(view.isOver).toBe(false);
  });

  it.each(["q", "\u0003", "/abc\u0003", "ssrq"])("%j quit", (keys) => {
    expect(press(keys).isOver).toBe(true);
  });

  it("come round through all columns in either direction", () => {
    expect(press("sssssss").sort).toBe("lost");
    expect(press("SSSSSSS").sort).toBe("lost");
  });

  it("hold no more than 64 characters of a filter", () => {
    expect(press(`/${"a".repeat(100)}`).filter).toHaveLength(64);
  });
});

describe("the screen of top", () => {
  const screen = (columns: number, lines: number, view = firstView) =>
    topScreen(rows, view, { columns, lines }, "12:00:00").split("\n");

  it("says what it shows, in which order, and which keys there are", () => {
    const [head, keys, titles, first] = screen(200, 24);
    expect(head).toBe("12:00:00  3 modules by lost");
    expect(keys).toContain("q quit");
    expect(titles).toMatch(/^MODULE +STATE +EV\/S +LOST\/S +LOST +QUEUE +P99 +CPU +MEMORY$/);
    expect(first).toMatch(/^two +healthy +0 +0 +2 /);
    expect(screen(200, 24, press("r/on"))[0]).toBe('12:00:00  3 modules by lost, reversed, names with "on_"');
  });

  it("shows rates, losses, queue, latency, processor and memory on 80 columns", () => {
    const busy = answerOf(
      1000,
      exampleFigures("block-watcher", {
        delivered: 12_345,
        lost: 151_361,
        health: { state: "unresponsive", reason: "silent for 5.7 s" },
        queue: { capacity: 1000, bytes: 0, oldest_waiting_ms: 0, is_slow: true },
      }),
      exampleFigures("two", { state: "Error", health: { state: "crashed", reason: "exited with code 3" } }),
    );
    const [, , titles, ...lines] = topScreen(
      topRows(undefined, busy),
      firstView,
      { columns: 80, lines: 24 },
      "12:00:00",
    ).split("\n");
    expect(titles).toMatch(/^MODULE +STATE +EV\/S +LOST\/S +QUEUE +P99 +CPU +MEMORY$/);
    expect(lines[0]).toMatch(/^block-watcher +unresponsive .* 50 MiB$/);
    expect(lines[1]).toMatch(/^two +Error .* 50 MiB$/);
  });

  it("stays within the terminal, and says how many modules don't fit", () => {
    for (const line of screen(20, 24)) expect(line.length).toBeLessThanOrEqual(20);
    expect(screen(200, 6)).toHaveLength(5);
    expect(screen(200, 6).at(-1)).toBe("… 2 more");
    expect(screen(5, 1).length).toBeLessThanOrEqual(4);
  });
});
