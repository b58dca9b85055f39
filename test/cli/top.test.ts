import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { controlMethod } from "../../src/control/index.js";
import { startControl } from "../control/start-control.js";
import { distUrl } from "../kit/process-dist.js";
import { answerOf, exampleFigures } from "./figures-example.js";
import { runCommand } from "./run-in-process.js";

/** A host whose module delivers ten events between two readings, and whose handler of NewBlock is slow. */
function startHost({ answers = Number.POSITIVE_INFINITY } = {}) {
  let readings = 0;
  return startControl({
    modulefigures: controlMethod(z.strictObject({}), () => {
      readings++;
      if (readings > answers) return new Promise(() => {});
      return answerOf(
        readings * 1000,
        exampleFigures("quick", { delivered: readings * 10 }),
        exampleFigures("slow", {
          delivered: 60,
          lost: 40,
          longest_stall_ms: 1500,
          slow_episodes: 2,
          handlers: {
            NewBlock: { count: 10, total_ms: 5000, longest_ms: 900 },
            PeerBanned: { count: 50, total_ms: 5, longest_ms: 1 },
          },
          queue: { capacity: 100, bytes: 0, oldest_waiting_ms: 0, is_slow: true },
        }),
      );
    }),
  });
}

describe("top", () => {
  it("prints a table for each reading where there is no terminal", async () => {
    await using host = await startHost();
    const asked = ["top", "--interval", "0.2", "--count", "2", "--data-dir", host.dataDir];
    const { code, stdout } = await runCommand([...asked, "--sort", "module", "--filter", "q"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^MODULE .*\nquick +healthy +10 +0 +0 .*\n\nMODULE .*\nquick +.*\n$/);
    const json = await runCommand([...asked, "--json"]);
    const readings = json.stdout.trimEnd().split("\n");
    expect(readings).toHaveLength(2);
    expect(JSON.parse(readings[0] as string)).toMatchObject([
      { name: "quick", rate: 10 },
      { name: "slow", lost: 40 },
    ]);
  });

  it.each([
    ["--interval", "0"],
    ["--interval", "nan"],
    ["--sort", "beauty"],
    ["--count", "0"],
  ])("exits with 2 for %s %s", async (option, value) => {
    expect(await runCommand(["top", option, value])).toHaveProperty("code", 2);
  });

  /** Runs it on a terminal, where keys are pressed as they are answered to; the last one is q. */
  async function onTerminal(dataDir: string) {
    const main = fileURLToPath(distUrl("cli/main.js"));
    const driver = fileURLToPath(new URL("terminal.py", import.meta.url));
    const child = spawn("python3", [driver, process.execPath, main, "top", "--data-dir", dataDir], {
      env: { ...process.env, NO_COLOR: "1" },
      timeout: 30_000,
    });
    const [out, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    return { out, code };
  }

  it("draws on a terminal, follows its keys and gives it back as it was", async () => {
    await using host = await startHost();
    const { out, code } = await onTerminal(host.dataDir);
    expect(code).toBe(0);
    expect(out.startsWith("\u001b[?1049h\u001b[?25l")).toBe(true);
    expect(out.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
    expect(out).toContain("2 modules by lost");
    expect(out).toContain("2 modules by queue");
    expect(out).toContain('names with "sl_"');
    const last = out.split("\u001b[H\u001b[2J").at(-1) as string;
    expect(last).toMatch(/\r\nslow +healthy/);
    expect(last).not.toContain("quick");
  }, 40_000);

  it("lets its user leave while the host hangs", async () => {
    await using host = await startHost({ answers: 2 });
    const { out, code } = await onTerminal(host.dataDir);
    expect(code).toBe(0);
    expect(out.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
  }, 40_000);
});

describe("report", () => {
  it("names the module that loses events and the type whose handler takes the time", async () => {
    await using host = await startHost();
    const { code, stdout } = await runCommand(["report", "--data-dir", host.dataDir]);
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toBe(
      "slow is the culprit: it lost 40 of 100 events (40 %) to its full channel and is behind now. Most time goes into its " +
        "handler of NewBlock: 500 ms on average, 900 ms at most. Its longest stall was 1.5 s.",
    );
    expect(stdout).toMatch(/\nMODULE +MATCHED +LOST .*\nslow +100 +40 +40 % +2 +1.5 s .*\nquick +/);
    expect(stdout).toMatch(/\nslow: EVENT +.*\nNewBlock +100 +40 +40 % +500 ms +900 ms\n/);
    const json = await runCommand(["report", "--json", "--data-dir", host.dataDir]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      culprit: { module: "slow", event_type: "NewBlock", dropped: 40 },
      modules: [{ module: "slow", drop_share: 0.4, by_type: { NewBlock: { handler: { count: 10 } } } }, {}],
    });
  });

  it("accuses nobody while nobody lost anything", async () => {
    await using host = await startControl({
      modulefigures: controlMethod(z.strictObject({}), () =>
        answerOf(1, exampleFigures("quick", { delivered: 1 })),
      ),
    });
    const { stdout } = await runCommand(["report", "--data-dir", host.dataDir]);
    expect(stdout).toMatch(/^No module has lost an event to a full channel\.\n/);
    const json = await runCommand(["report", "--json", "--data-dir", host.dataDir]);
    expect(JSON.parse(json.stdout)).toHaveProperty("culprit", null);
  });
});
