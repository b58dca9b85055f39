import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliErrors } from "../../src/cli/errors.js";
import { runCommand } from "./run-in-process.js";

const large = `version: 1
name: large
source: { events: [NewBlock, MempoolTransactionAdded] }
steps:
  - { id: blocks, filter: 'event.type == "NewBlock"' }
  - { id: shape, map: '{"height": event.payload.height}' }
sinks:
  - { id: log, stdout: { format: ndjson } }
`;
const tests = `tests:
  - name: hands on the block's height
    marbles: { source: 'ab', at: { blocks: 'a-' } }
    values:
      a: { type: NewBlock, payload: { height: 7 } }
      b: { type: MempoolTransactionAdded }
`;

let folder: string;
const put = async (name: string, text: string) => {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "streams-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("streams lint", () => {
  it("names every problem with file, line and column, and exits with 1 and STREAMS_FAULTY", async () => {
    const path = await put(
      "bad.yaml",
      large.replace("event.type ==", "event.tipe ==").replace("ndjson", "xml"),
    );
    const { code, stdout, stderr } = await runCommand(["streams", "lint", path]);
    expect(code).toBe(1);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(`${path}:5:`);
    expect(lines[1]).toMatch(`${path}:8:`);
    const faulty = cliErrors.STREAMS_FAULTY({ faulty: 1, files: 1 });
    expect(faulty.code).toBe("STREAMS_FAULTY");
    expect(stderr).toBe(`blvm-streams: ${faulty.message}\n`);
    const json = JSON.parse((await runCommand(["streams", "lint", path, "--json"])).stdout);
    expect(json).toMatchObject({ ok: false, files: [{ file: path, problems: [{ line: 5 }, { line: 8 }] }] });
  });

  it("says what a good file holds", async () => {
    const path = await put("good.yaml", large + tests);
    const { code, stdout } = await runCommand(["streams", "lint", path]);
    expect([code, stdout]).toEqual([0, `OK ${path}: large, 2 steps, 1 sink, 1 test\n`]);
  });

  it.each([
    ["a file of 10 MB", (path: string) => writeFile(path, "a".repeat(10_000_000)), "10000000 bytes, at most"],
    ["a link that leads to itself", (path: string) => symlink(path, path), "ELOOP"],
    ["an empty file", (path: string) => writeFile(path, ""), "found nothing"],
    ["bytes that are no text", (path: string) => writeFile(path, Buffer.alloc(100, 0xff)), "1:1: found"],
  ])("tells of %s at its place and judges its neighbours as if they were alone", async (_, make, told) => {
    const path = await mkdtemp(join(folder, "kinds-"));
    await make(join(path, "odd.yaml"));
    await mkdir(join(path, "folder.yaml"));
    await writeFile(join(path, "bom.yaml"), `\ufeff${large}`);
    await writeFile(join(path, "crlf.yml"), (large + tests).replaceAll("\n", "\r\n"));
    await symlink(join(path, "bom.yaml"), join(path, "linked.yaml"));
    const { code, stdout, stderr } = await runCommand(["streams", "lint", path]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("1 of 4 files can't run")]);
    expect(stdout.match(/^OK .*$/gm)).toEqual([
      expect.stringMatching(/bom\.yaml: large, 2 steps, 1 sink, no tests$/),
      expect.stringMatching(/crlf\.yml: large, 2 steps, 1 sink, 1 test$/),
      expect.stringMatching(/linked\.yaml: large, 2 steps, 1 sink, no tests$/),
    ]);
    expect(stdout).toMatch(/odd\.yaml:1:1: found /);
    expect(stdout).toContain(told);
    expect(stdout.length).toBeLessThan(2_000);
    const run = await runCommand(["streams", "run", join(path, "odd.yaml")]);
    expect([run.code, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toMatch(/^(blvm-streams: )?.*odd\.yaml:/);
  });

  it("says so where no stream lies, with NO_STREAM_FILES", async () => {
    const path = join(folder, "empty");
    await mkdir(path);
    const { code, stderr } = await runCommand(["streams", "lint", path]);
    const none = cliErrors.NO_STREAM_FILES({ path, reason: "no stream lies in this folder" });
    expect([code, none.code]).toEqual([1, "NO_STREAM_FILES"]);
    expect(stderr).toBe(`blvm-streams: ${none.message}\n`);
  });
});

describe("streams test", () => {
  it("passes what is as expected, and tells of a file without tests", async () => {
    const tested = await put("tested.yaml", large + tests);
    const bare = await put("bare.yaml", large);
    const { code, stdout } = await runCommand(["streams", "test", tested, bare]);
    expect(code).toBe(0);
    expect(stdout).toContain(`pass ${tested}:10 hands on the block's height`);
    expect(stdout).toContain(`${bare}: it has no tests`);
  });

  it("draws what differs as aligned marbles and exits with 1 and STREAM_TESTS_FAILED", async () => {
    const path = await put("failing.yaml", large + tests.replace("'a-'", "'-a'"));
    const { code, stdout, stderr } = await runCommand(["streams", "test", path]);
    expect(code).toBe(1);
    expect(stdout).toContain("expected: -a");
    expect(stdout).toContain("recorded: a-");
    const failure = cliErrors.STREAM_TESTS_FAILED({ failed: 1, tests: 1, faulty: 0 });
    expect(failure.code).toBe("STREAM_TESTS_FAILED");
    expect(stderr).toBe(`blvm-streams: ${failure.message}\n`);
    const json = JSON.parse((await runCommand(["streams", "test", path, "--json"])).stdout);
    expect(json).toMatchObject({ ok: false, tests: 1, failed: 1 });
  });
});

describe("streams run", () => {
  it("runs on the package's blocks, writes to the sinks and counts at the end", async () => {
    const path = await put("run.yaml", large);
    const { code, stdout, stderr } = await runCommand(["streams", "run", path, "--json"]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(3);
    const summary = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
    expect(summary).toMatchObject({ ended: "completed", source: { dropped: 0 } });
    expect(summary.parts.map(({ id, out }: { id: string; out: number }) => [id, out])).toEqual([
      ["blocks", 3],
      ["shape", 3],
      ["log", 3],
    ]);
  });

  it("holds the source up where a sink blocks, and loses nothing", async () => {
    const path = await put(
      "blocking.yaml",
      `version: 1
name: blocking
source: { events: [MempoolTransactionAdded], buffer: { capacity: 1 } }
sinks:
  - { id: out, file: { path: out.ndjson }, buffer: { capacity: 1, policy: block } }
`,
    );
    const { code, stderr } = await runCommand(["streams", "run", path, "--files-dir", folder, "--json"]);
    expect([code, stderr]).toMatchObject([0, expect.any(String)]);
    const summary = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
    const written = (await readFile(join(folder, "out.ndjson"), "utf8")).trimEnd().split("\n");
    expect(summary.source.dropped).toBe(0);
    expect(summary.parts[0]).toMatchObject({ dropped: 0, out: written.length });
    expect(written.length).toBeGreaterThan(100);
  });

  it("exits with 1 and CLI_STREAM_FAILED where a step fails", async () => {
    const failing = `{ id: blocks, filter: '[true][1]', on_error: fail }`;
    const path = await put("fails.yaml", large.replace(/\{ id: blocks.*/, failing));
    const { code, stderr } = await runCommand(["streams", "run", path, "--count", "1"]);
    const failure = cliErrors.CLI_STREAM_FAILED({ stream: "large", stepId: "blocks", reason: "" });
    expect(failure.code).toBe("CLI_STREAM_FAILED");
    expect(stderr).toContain(failure.message);
    expect(code).toBe(1);
  });
});

describe("streams graph", () => {
  it("draws ids, kinds and options, and nothing of a file breaks out of its label", async () => {
    const path = await put("graph.yaml", large);
    const mermaid = await runCommand(["streams", "graph", path]);
    expect(mermaid.stdout).toContain("flowchart LR");
    expect(mermaid.stdout).toContain('n1["blocks<br/>filter: event.type #61;#61; #34;NewBlock#34;"]');
    expect(mermaid.stdout).toContain("n2 --> n3");
    const dot = await runCommand(["streams", "graph", path, "--format", "dot"]);
    expect(dot.stdout).toContain('label="blocks\\nfilter: event.type == \\"NewBlock\\""');
  });
});

describe("streams eval", () => {
  it("tells result, type and cost", async () => {
    const { code, stdout } = await runCommand(["streams", "eval", "event.payload.height + 1", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ event: "NewBlock", result: expect.any(Number) });
  });

  it("marks the place of a fault", async () => {
    const { code, stderr } = await runCommand(["streams", "eval", "1 + event.payload.heigth"]);
    expect(code).toBe(1);
    const [line = "", caret = ""] = stderr.split("\n");
    expect(line).toBe("  1 + event.payload.heigth");
    expect(caret.trim()).toBe("^");
    expect(caret.length).toBeGreaterThan(8);
  });

  it("refuses a file that holds no event with CLI_NO_SUCH_EVENT", async () => {
    const path = await put("event.json", "[]");
    const { code, stderr } = await runCommand(["streams", "eval", "1", "--event-file", path]);
    const refusal = cliErrors.CLI_NO_SUCH_EVENT({
      file: path,
      found: "event type undefined is not in the catalogue",
      allowed: "an event as `tap --json` prints it",
    });
    expect(refusal.code).toBe("CLI_NO_SUCH_EVENT");
    expect([code, stderr]).toEqual([1, `blvm-streams: ${refusal.message}\n`]);
  });
});

describe("streams schema", () => {
  it("prints the JSON Schema of a stream", async () => {
    const { code, stdout } = await runCommand(["streams", "schema"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: "object", properties: { steps: {} } });
  });
});
