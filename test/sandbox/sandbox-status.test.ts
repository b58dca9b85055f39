import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { programPidOf } from "../../src/sandbox/program-pid.js";
import { followStatus } from "../../src/sandbox/sandbox-status.js";

async function codeAfter(...pieces: string[]): Promise<number | undefined> {
  const stream = new PassThrough();
  const status = followStatus(stream);
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await status.finished;
  return status.exitCode;
}

describe("what a sandbox tells of itself", () => {
  it("is read in whatever pieces it comes", async () => {
    expect(await codeAfter(...'{ "child-pid": 5 }\n{ "exit-code": 137 }\n')).toBe(137);
  });

  it("is no exit code while its number isn't whole, or when none is told", async () => {
    expect(await codeAfter('{ "child-pid": 5 }\n{ "exit-code": 13')).toBeUndefined();
    expect(await codeAfter('{ "child-pid": 5 }\n')).toBeUndefined();
    expect(await codeAfter("nonsense")).toBeUndefined();
  });

  it("is no more than its first 4096 characters", async () => {
    expect(await codeAfter(" ".repeat(10_000), '{ "exit-code": 0 }\n')).toBeUndefined();
  });

  it("begins with the first pid, or with the end of a sandbox that never had one", async () => {
    const stream = new PassThrough();
    const status = followStatus(stream);
    stream.write('{ "child-pid": 999999999 }');
    await status.begun;
    expect(status.findProgram()).toBeUndefined();
    status.close();
    await status.finished;
    const silent = followStatus(new PassThrough().destroy());
    await silent.begun;
    expect(silent.findProgram()).toBeUndefined();
  });

  it("is the program itself where it has no namespace of processes of its own", () => {
    // Here this process may itself be the first one in a namespace.
    expect([process.pid, undefined]).toContain(programPidOf(process.pid));
    expect(programPidOf(999_999_999)).toBeUndefined();
  });
});
