import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isAlive, startTime } from "../../scripts/setup/process-identity.mjs";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/setup/${name}`, import.meta.url));
const job = fixture("count-signals.mjs");

type Program = ChildProcessByStdio<Writable, Readable, null> & AsyncDisposable;

/** Starts a Node program that is killed, whatever happens, when the test ends. */
function start(args: string[]): Program {
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
    },
  });
}

describe("become", () => {
  it("gives the job its own arguments and its exit code", async () => {
    await using program = start([fixture("become-job.mjs"), job, "--flag", "a b"]);
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe(`ready ${JSON.stringify([job, "--flag", "a b"])}`);

    program.stdin.write("end\n");
    expect(await once(program, "exit")).toEqual([0, null]);
  });

  it("lets the job hear one Ctrl-C once, though terminal and npm both signal it", async () => {
    await using program = start([fixture("become-job.mjs"), job]);
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
    await lines.next();

    program.kill("SIGINT");
    expect((await lines.next()).value).toBe("SIGINT");
    program.kill("SIGINT");
    program.kill("SIGTERM");
    expect((await lines.next()).value).toBe("SIGTERM");
    program.stdin.write("end\n");
    expect(await once(program, "exit")).toEqual([2, null]);
  });

  it("ends the job when the npm that started it is killed outright", async () => {
    await using program = start([fixture("parent.mjs"), fixture("become-job.mjs"), job]);
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
    const pid = Number(String((await lines.next()).value).replace("child ", ""));
    const identity = { pid, startTime: startTime(pid) };
    expect((await lines.next()).value).toMatch(/^ready/);

    program.kill("SIGKILL");
    expect((await lines.next()).value).toBe("SIGTERM");
    if (isAlive(identity)) process.kill(pid, "SIGKILL");
  });
});
