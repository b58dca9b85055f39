import { describe, expect, it } from "vitest";
import { readExposition } from "./exposition.js";

const head = "# HELP m help\n# TYPE m gauge\n";

describe("readExposition", () => {
  it("reads labels with escapes and every kind of number", () => {
    const text = `${head}m{a="\\\\ \\" \\n €",b=""} -1.5e-7\nm +Inf\nm{a="x"} NaN\n`;
    expect([...(readExposition(text).get("m")?.lines.values() ?? [])]).toEqual([
      -1.5e-7,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
  });

  it.each([
    ["a line twice", `${head}m 1\nm 1\n`],
    ["a metric twice", `${head}m 1\n${head}m 2\n`],
    ["a line of another metric", `${head}n 1\n`],
    ["a quote that ends too early", `${head}m{a="x"y"} 1\n`],
    ["an escape that isn't one", `${head}m{a="\\t"} 1\n`],
    ["a label name with a dash", `${head}m{a-b="x"} 1\n`],
    ["a label twice", `${head}m{a="x",a="y"} 1\n`],
    ["no number", `${head}m Infinity\n`],
    ["no end", `${head}m 1`],
    [
      "buckets that go down",
      '# HELP h h\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    ],
  ])("refuses %s", (_what, text) => {
    expect(() => readExposition(text)).toThrow();
  });
});
