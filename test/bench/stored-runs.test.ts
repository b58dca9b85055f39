import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runsToQuote, store } from "../../bench/stored-runs.mjs";

const repository = fileURLToPath(new URL("../../", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bench-results-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(measuredAt: string, ...scenarios: readonly string[]) {
  return {
    measured_at: measuredAt,
    commit: "0000000",
    machine: { cores: 2, node: "v20.0.0" },
    scenarios: Object.fromEntries(scenarios.map((name) => [name, { rows: [] }])),
  };
}

describe("stored runs", () => {
  it("keep every run of a day in a file of its own", () => {
    for (let n = 0; n < 3; n++) store(join(folder, "results"), run(`2026-01-02T00:00:0${n}Z`, "start"));
    expect(readdirSync(join(folder, "results")).sort()).toEqual([
      "2026-01-02-2.json",
      "2026-01-02-3.json",
      "2026-01-02.json",
    ]);
  });

  it("quote each scenario that is told from the newest run that has it", () => {
    store(folder, run("2026-01-01T00:00:00Z", "fanout", "start", "rpc"));
    store(folder, run("2026-01-02T00:00:00Z", "fanout", "start"));
    store(folder, run("2026-01-03T00:00:00Z", "start", "untold"));
    const quoted = runsToQuote(folder, ["fanout", "start", "rpc"]).map(({ name, run: { scenarios } }) => [
      name,
      Object.keys(scenarios),
    ]);
    expect(quoted).toEqual([
      ["2026-01-03.json", ["start"]],
      ["2026-01-02.json", ["fanout"]],
      ["2026-01-01.json", ["rpc"]],
    ]);
  });

  it("quote none when none is stored", () => {
    expect(runsToQuote(folder, ["start"])).toEqual([]);
  });
});

describe("the performance section", () => {
  const before = "# Title\n\nwritten by hand\n\n<!-- performance:start -->\n";
  const after = "<!-- performance:end -->\n\nby hand too\n";

  beforeEach(() => {
    for (const file of [
      "scripts/docs.mjs",
      "scripts/docs/files/refresh-file.mjs",
      "scripts/docs/performance.mjs",
      "scripts/docs/markdown/table.mjs",
    ]) {
      cpSync(join(repository, file), join(folder, file));
    }
    for (const file of ["linear.mjs", "spread.mjs", "stored-runs.mjs"]) {
      cpSync(join(repository, "bench", file), join(folder, "bench", file));
    }
    mkdirSync(join(folder, "bench/results"));
    store(join(folder, "bench/results"), {
      ...run("2026-01-02T00:00:00Z"),
      scenarios: {
        start: { rows: [{ what: "host start", ms: { median: 300.4, min: 250, max: 400, n: 5 } }] },
      },
    });
  });

  function docs(...args: readonly string[]) {
    return spawnSync(process.execPath, [join(folder, "scripts/docs.mjs"), ...args], { encoding: "utf8" });
  }

  it("is written between its marks from the stored run and leaves the rest alone", () => {
    writeFileSync(join(folder, "README.md"), `${before}old figures\n${after}`);
    expect(docs("--check")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("README.md is stale"),
    });
    expect(docs().status).toBe(0);
    const text = readFileSync(join(folder, "README.md"), "utf8");
    expect(text.startsWith(before) && text.endsWith(after)).toBe(true);
    expect(text).toContain("| host start | 300 (250 … 400) |");
    expect(text).toContain("2 cores, Node.js 20.0.0");
    expect(text).not.toContain("old figures");
    expect(docs("--check").status).toBe(0);
  });

  it("tells of requests where the run has them", () => {
    const figure = { median: 2, min: 1, max: 3, n: 5 };
    const row = {
      method: "get_block_height",
      outstanding: 32,
      k: 4,
      competitor: "http",
      requests_per_second: { median: 12_345, min: 12_000, max: 13_000, n: 5 },
      engine_times: figure,
      p50_ms: figure,
      p99_ms: figure,
      host_us_per_request: figure,
      requests: 700,
      lost: 0,
      wrong: 0,
    };
    store(join(folder, "bench/results"), {
      ...run("2026-01-03T00:00:00Z"),
      scenarios: { start: { rows: [] }, rpc: { rounds: 5, rows: [row] } },
    });
    writeFileSync(join(folder, "README.md"), `${before}${after}`);
    expect(docs().status).toBe(0);
    const text = readFileSync(join(folder, "README.md"), "utf8");
    expect(text).toContain(
      "| `get_block_height` | 4 | HTTP keep-alive | 12,345 (12,000 … 13,000) | 2.00 (1.00 … 3.00) |",
    );
    expect(text).toContain("32 of `get_block_height`");
    expect(text).toContain("of 700 requests 0 were not answered and 0 wrongly");
  });

  it("is refused where the page has no marks for it", () => {
    writeFileSync(join(folder, "README.md"), "# Title\n");
    expect(docs()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("<!-- performance:start -->"),
    });
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("# Title\n");
  });
});
