import { describe, expect, it } from "vitest";
import { reportedText } from "../../../src/metrics/reported.js";
import { MAX_CLOSED_FAMILIES, StreamMetricTable } from "../../../src/streams/stream-metrics.js";
import { bufferedSink, numbered, openSink, prepareSink } from "../../kit/streams-sink.js";

function metricSink(table: StreamMetricTable, options: object, stream = "fees") {
  return bufferedSink(
    "metric",
    { name: "n", type: "counter", ...options },
    { ports: { metrics: table }, stream },
  );
}

function text(table: StreamMetricTable): string {
  return reportedText(table.families());
}

const noTime = AbortSignal.abort();

describe("The metric sink", () => {
  it("counts its items where it has no value", () => {
    const table = new StreamMetricTable();
    const { buffer } = metricSink(table, { name: "large_fee", help: "Large fees." });
    for (const seq of [1, 2, 3]) buffer.offer(numbered(seq));
    expect(text(table)).toBe(
      '# HELP blvm_stream_large_fee_total Large fees.\n# TYPE blvm_stream_large_fee_total counter\nblvm_stream_large_fee_total{stream="fees"} 3\n',
    );
  });

  it("adds to a counter, sets a gauge and sorts into a histogram, each with its labels", () => {
    const table = new StreamMetricTable();
    const labels = { kind: "value.kind" };
    const sinks = [
      metricSink(table, { name: "c", value: "value.fee", labels }),
      metricSink(table, { name: "g", type: "gauge", value: "value.fee", labels }),
      metricSink(table, { name: "h", type: "histogram", value: "value.fee", labels, buckets: [1, 10] }),
    ];
    for (const [seq, fee] of [1, 7, 20].entries())
      for (const { buffer } of sinks) buffer.offer(numbered(seq, { fee, kind: 'a"b' }));
    const lines = text(table)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines).toEqual([
      'blvm_stream_c_total{stream="fees",kind="a\\"b"} 28',
      'blvm_stream_g{stream="fees",kind="a\\"b"} 20',
      'blvm_stream_h_bucket{stream="fees",kind="a\\"b",le="1"} 1',
      'blvm_stream_h_bucket{stream="fees",kind="a\\"b",le="10"} 2',
      'blvm_stream_h_bucket{stream="fees",kind="a\\"b",le="+Inf"} 3',
      'blvm_stream_h_sum{stream="fees",kind="a\\"b"} 28',
      'blvm_stream_h_count{stream="fees",kind="a\\"b"} 3',
    ]);
  });

  it("keeps max_series combinations of labels apart, counts the rest as other and says so once", () => {
    const table = new StreamMetricTable();
    const { buffer, log } = metricSink(table, { labels: { who: "string(value)" }, max_series: 2 });
    for (let seq = 1; seq <= 1000; seq++) buffer.offer(numbered(seq, `peer-${seq}`));
    const [family] = table.families();
    expect(family?.series.map(({ labels, value }) => [labels[1]?.[1], value])).toEqual([
      ["peer-1", 1],
      ["peer-2", 1],
      ["other", 998],
    ]);
    expect(log.lines).toHaveLength(1);
  });

  it("refuses values that no metric can take, and goes on", () => {
    const table = new StreamMetricTable();
    const { buffer, counters, log } = metricSink(table, { value: "value.fee" });
    const fees = [
      { fee: -1 },
      { fee: Number.NaN },
      { fee: Number.POSITIVE_INFINITY },
      {},
      { fee: "3" },
      { fee: 2 },
    ];
    for (const [seq, value] of fees.entries()) buffer.offer(numbered(seq, value));
    expect(counters).toMatchObject({ in: 6, out: 1, errors: 5, held: 0 });
    expect(log.lines[0]?.fields.code).toBe("METRIC_VALUE_INVALID");
    expect(text(table)).toMatch(/ 2\n$/);
  });

  it("takes its gauge away when it closes and leaves its counter", async () => {
    const table = new StreamMetricTable();
    const sinks = [metricSink(table, {}), metricSink(table, { name: "g", type: "gauge", value: "value" })];
    for (const { buffer } of sinks) {
      buffer.offer(numbered(5));
      await buffer.close(noTime);
    }
    expect(table.families().map(({ name }) => name)).toEqual(["blvm_stream_n_total"]);
    const again = metricSink(table, {});
    again.buffer.offer(numbered(6));
    expect(text(table)).toMatch(/ 2\n$/);
  });

  it("shares a name between streams that mean the same by it, and with no other", () => {
    const table = new StreamMetricTable();
    for (const stream of ["one", "two"]) metricSink(table, {}, stream).buffer.offer(numbered(1));
    expect(table.families()[0]?.series.map(({ labels }) => labels[0])).toEqual([
      ["stream", "one"],
      ["stream", "two"],
    ]);
    expect(() => metricSink(table, { type: "gauge", value: "value" }, "three")).toThrow(
      expect.objectContaining({ code: "STREAM_METRIC_TAKEN" }),
    );
  });

  it("forgets the metrics that closed first when too many outlived their streams", async () => {
    const table = new StreamMetricTable();
    const open = metricSink(table, { name: "stays" });
    open.buffer.offer(numbered(1));
    for (let n = 0; n < MAX_CLOSED_FAMILIES + 10; n++) {
      const { buffer } = metricSink(table, { name: `n${n}` });
      buffer.offer(numbered(1));
      await buffer.close(noTime);
    }
    const names = table.families().map(({ name }) => name);
    expect(names).toHaveLength(MAX_CLOSED_FAMILIES + 1);
    expect(names.slice(0, 2)).toEqual(["blvm_stream_stays_total", "blvm_stream_n10_total"]);
  });

  it("goes on where nobody scrapes", () => {
    const { sink } = openSink("metric", { name: "n", type: "counter" });
    expect(() => sink.write(numbered(1))).not.toThrow();
  });

  it.each([
    [{ name: "N", type: "counter" }, "name"],
    [{ name: "n", type: "gauge" }, "value"],
    [{ name: "n", type: "counter", labels: { le: "value" } }, "labels"],
    [{ name: "n", type: "counter", buckets: [1] }, "buckets"],
    [{ name: "n", type: "histogram", value: "value", buckets: [2, 1] }, "buckets"],
  ])("refuses %j", (options, path) => {
    expect(() => prepareSink("metric", options)).toThrow(path);
  });
});
