import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { cliErrors } from "../../src/cli/errors.js";
import { scaffoldErrors } from "../../src/scaffold/index.js";
import { runCommand } from "./run-in-process.js";

const slow = `export default {
  title: "A slow module <b>",
  rows: [{
    name: "loses what its full channel refuses",
    delivery: { capacity: 1, window: 1 },
    source: "-abc----------",
    modules: { slow: {
      handlerMs: 4,
      receives: "-a---(b1)-----",
      dropped: "---c----------",
      gaps: ["c channel_full"],
    } },
  }],
};`;
const steps = `type Row = { name: string };
const row: Row = { name: "lets pass what is large" };
export default {
  kind: "filter", title: "filter",
  rows: [{ ...row, options: "value > 1", source: "ab|", values: { a: 1, b: 2 }, expected: "-b|" }],
};`;

let folder: string;
const put = async (name: string, text: string) => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "marbles-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// The bundler starts here, which takes its time on a busy machine.
describe("marbles", { timeout: 120_000 }, () => {
  it("draws what rows recorded, in the terminal and as an accessible SVG without scripts", async () => {
    const path = await put("slow.marbles.mjs", slow);
    const drawings = join(folder, "drawings");
    const { code, stdout, stderr } = await runCommand(["marbles", path, "--svg", drawings]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/dropped +---c-/);
    expect(stdout).toContain("1 of 1 rows passed");
    const svg = await readFile(join(drawings, "slow.svg"), "utf8");
    expect(svg).toContain("A slow module &#60;b&#62;</title>");
    expect(svg).toContain("<desc");
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(svg).not.toMatch(/<script|<b>/);
    expect(svg.match(/<text /g)?.length).toBeGreaterThan(5);
  });

  it("paints losses red and gaps yellow on a terminal", async () => {
    const path = await put("paint.marbles.mjs", slow);
    vi.stubEnv("NO_COLOR", undefined);
    const { stdout } = await runCommand(["marbles", path], 100).finally(() => vi.unstubAllEnvs());
    const colours = (text: string) => stdout.split("\n").find((line) => line.includes(text));
    expect(colours("dropped  ")).toContain("\u001b[31m");
    expect(colours("gaps  ")).toContain("\u001b[33m");
  });

  it("draws steps of streams from TypeScript", async () => {
    const path = await put("steps.marbles.ts", steps);
    const { code, stdout } = await runCommand(["marbles", path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/source +ab\|/);
    expect(stdout).toMatch(/leaves +-/);
  });

  it("draws what differs of a row that fails, and exits with 1 and MARBLES_FAILED", async () => {
    const path = await put("fails.marbles.ts", steps.replace('"-b|"', '"b-|"'));
    const { code, stdout, stderr } = await runCommand(["marbles", path]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/expected +.-\|\n +recorded +-.\|/);
    const failure = cliErrors.MARBLES_FAILED({ failed: 1, rows: 1 });
    expect(failure.code).toBe("MARBLES_FAILED");
    expect(stderr).toBe(`blvm-streams: ${failure.message}\n`);
  });

  it("fails where nothing was run: a table without rows, and a filter that no row holds", async () => {
    const empty = await put(
      "empty.marbles.ts",
      "export default { kind: 'filter', title: 'filter', rows: [] };",
    );
    expect((await runCommand(["marbles", empty])).stderr).toContain("found a table without rows");
    const path = await put("runs.marbles.ts", steps);
    const { code, stderr } = await runCommand(["marbles", path, "--filter", "no such row"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('found no row that holds "no such row"')]);
  });

  it("says what is needed where there is no table (NO_MARBLES) and where one can't be loaded (SCRIPT_UNLOADABLE)", async () => {
    const none = await put("none.marbles.mjs", "export default 1;");
    const absent = cliErrors.NO_MARBLES({ path: none, found: "a default export that is no table" });
    expect(absent.code).toBe("NO_MARBLES");
    expect((await runCommand(["marbles", none])).stderr).toBe(`blvm-streams: ${absent.message}\n`);
    const broken = await put("broken.marbles.ts", "export default {");
    const unloadable = scaffoldErrors.SCRIPT_UNLOADABLE({ file: broken, reason: "" });
    expect(unloadable.code).toBe("SCRIPT_UNLOADABLE");
    const { stderr } = await runCommand(["marbles", broken]);
    expect(stderr).toContain(unloadable.message.split(" (")[0]);
  });
});
