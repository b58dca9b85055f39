import { monitorEventLoopDelay } from "node:perf_hooks";
import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { logOutput } from "../../src/supervisor/output-log.js";
import { launchCommandLine, launchScript } from "../kit/process-launch.js";
import { type RecordedLine, recordingLog } from "../kit/process-recording-log.js";

const moduleName = "probe";

function mebibytes(lines: readonly RecordedLine[]): number {
  return lines.reduce((sum, line) => sum + line.message.length, 0) / 1_048_576;
}

describe("logOutput", () => {
  it("logs both streams line by line under the module's name", async () => {
    await using script = await launchScript(
      "console.log('one\\ntwo'); console.error('oh'); process.stdout.write('end')",
    );
    const log = recordingLog();
    const output = logOutput({ log }, script.process, { moduleName });
    await script.process.exited;
    await output.finish();
    const of = (stream: string) => log.lines.filter(({ fields }) => fields.stream === stream);
    expect(of("stdout").map(({ message }) => message)).toEqual(["one", "two", "end"]);
    expect(of("stderr")).toMatchObject([{ level: "warn", message: "oh", fields: { module: moduleName } }]);
  });

  it("keeps output from forging lines or steering the terminal", async () => {
    const script = "process.stdout.write(Buffer.from('\\x1b[2Jx\\rfake\\u2028y\\n\\xff\\xfe\\n', 'latin1'))";
    await using launched = await launchScript(script.replace("\\u2028", "\\x85"));
    const log = recordingLog();
    const output = logOutput({ log }, launched.process, { moduleName });
    await launched.process.exited;
    await output.finish();
    expect(log.messages()).toEqual(["\\x1b[2Jx\\x0dfake\ufffdy", "\ufffd\ufffd"]);
  });

  it("logs a long line in pieces", async () => {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const log = recordingLog();
    const output = logOutput({ log }, { stdout, stderr }, { moduleName, maxLineBytes: 4 });
    stdout.end("abcdefghij\n");
    stderr.end();
    await output.finish();
    expect(log.lines.map(({ message, fields }) => [message, fields.cut])).toEqual([
      ["abcd", true],
      ["efgh", true],
      ["ij", undefined],
    ]);
  });

  it.each([
    ["large writes", "const b = Buffer.alloc(1 << 20, 97); for (;;) require('fs').writeSync(1, b);"],
    ["short lines", "const b = Buffer.from('y\\n'.repeat(1 << 19)); for (;;) require('fs').writeSync(1, b);"],
    [
      "both streams",
      "const b = Buffer.alloc(1 << 16, 'line\\n'); for (let n = 0; ; n++) require('fs').writeSync(1 + (n % 2), b);",
    ],
  ])("holds up a module that floods its output with %s", async (_what, script) => {
    await using launched = await launchScript(script);
    const log = recordingLog();
    const warnings = () => log.messages().filter((message) => message.includes("held up")).length;
    const output = logOutput({ log }, launched.process, { moduleName });
    await vi.waitFor(() => expect(warnings()).toBe(1), { timeout: 10_000, interval: 5 });
    const before = {
      cpu: process.cpuUsage(),
      ms: performance.now(),
      lines: log.lines.length,
      rss: process.memoryUsage.rss(),
    };
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await vi.waitFor(() => expect(performance.now() - before.ms).toBeGreaterThan(1000), {
      timeout: 10_000,
      interval: 50,
    });
    delay.disable();
    const seconds = (performance.now() - before.ms) / 1000;
    const { user, system } = process.cpuUsage(before.cpu);
    const logged = log.lines.slice(before.lines);
    expect(logged.length).toBeGreaterThan(5);
    expect(mebibytes(logged)).toBeLessThan(1.3 * seconds);
    expect(logged.length).toBeLessThan(2048 * 1.3 * seconds);
    expect((user + system) / 1e6 / seconds).toBeLessThan(0.5);
    expect(delay.max / 1e6).toBeLessThan(500);
    expect(process.memoryUsage.rss() - before.rss).toBeLessThan(50e6);
    expect(warnings()).toBe(1);
    launched.process.kill();
    await launched.process.exited;
    await output.finish();
    expect(launched.process.stdout.destroyed).toBe(true);
  });

  it("shows the last words of a module that flooded one stream", async () => {
    const flood = "require('fs').writeSync(1, 'line\\n'.repeat(4000));";
    await using launched = await launchScript(`${flood} throw new Error('last words')`);
    const log = recordingLog();
    const output = logOutput({ log }, launched.process, { moduleName });
    await launched.process.exited;
    await output.finish();
    expect(log.messages().some((message) => message.includes("last words"))).toBe(true);
  });

  it("ends after a death although an escaped child holds the pipe", async () => {
    await using launched = await launchCommandLine("/bin/sh", ["-c", "setsid sleep 5 & echo said; exit 1"]);
    const log = recordingLog();
    const output = logOutput({ log }, launched.process, { moduleName, drainMs: 50 });
    await launched.process.exited;
    await output.finish();
    await output.finish();
    expect(log.messages()).toEqual(["said"]);
  });

  it("bounds what it still logs after a death", async () => {
    const stdout = new PassThrough({ highWaterMark: 1_000_000 });
    const stderr = new PassThrough();
    const log = recordingLog();
    const output = logOutput({ log }, { stdout, stderr }, { moduleName, burstBytes: 1, drainBytes: 10_240 });
    stdout.write("y\n".repeat(100_000));
    stderr.end();
    await output.finish();
    expect(log.lines.length).toBeLessThan(30);
    expect(log.messages().at(-1)).toBe("the rest of its output is not shown");
  });
});
