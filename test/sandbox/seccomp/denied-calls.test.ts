import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LAST_KNOWN_CALL } from "../../../src/sandbox/seccomp/architecture.js";
import { deniedCalls } from "../../../src/sandbox/seccomp/denied-calls.js";
import { filterProgram } from "../../../src/sandbox/seccomp/filter-program.js";
import type { TempDir } from "../../kit/process-temp-dir.js";
import { isMissing } from "../../kit/tool.js";
import {
  type Attempt,
  forkAttempts,
  harmlessCalls,
  kernelAttempts,
  memoryAttempts,
  networkAttempts,
  socketAttempts,
} from "./attempts.js";
import { compileCaller, errnosOf, openTempDir, type ProgramRun, runFiltered } from "./filtered-run.js";
import { callNumbers } from "./kernel-headers.js";

const cannotRun =
  isMissing("gcc", "gcc with libc6-dev") ||
  isMissing("bwrap", "bubblewrap") ||
  isMissing("setpriv", "util-linux");
const everything = [...socketAttempts, ...memoryAttempts, ...kernelAttempts];

describe.skipIf(cannotRun)("the filter before the kernel of this machine", () => {
  let dir: TempDir;
  let caller: string;
  let numbers: ReadonlyMap<string, number>;

  beforeAll(async () => {
    dir = await openTempDir();
    caller = compileCaller(dir.path);
    numbers = callNumbers(process.arch);
  });
  afterAll(() => dir[Symbol.asyncDispose]());

  const single = () => filterProgram(process.arch, { network: false, spawn: false });

  it("denies what the kernel alone would have done", async () => {
    const attempts = [...socketAttempts, ...memoryAttempts, ...forkAttempts, ...kernelAttempts];
    const [without, within] = [await outcomes(undefined, attempts), await outcomes(single(), attempts)];
    for (const [n, { title, natural, filtered }] of attempts.entries()) {
      expect(natural, `${title}, without the filter`).toContain(without[n]);
      expect(within[n], title).toBe(filtered);
    }
    expect(within).toHaveLength(attempts.length);
  });

  it("is what denies each of the calls, whoever calls it", async () => {
    const attempts = deniedCalls.flatMap((name) => (numbers.has(name) ? [[name] as const] : []));
    const marked = markErrnos(single());
    expect(errnosOf((await call(marked, attempts)).output)).toEqual(attempts.map(() => "1001"));
  });

  it("lets through what programs need", async () => {
    const { output } = await call(single(), harmlessCalls);
    expect(errnosOf(output)).toEqual(harmlessCalls.map(() => "ok"));
  });

  it("lets a module with leave to start processes fork, and denies the rest all the same", async () => {
    const filter = filterProgram(process.arch, { network: false, spawn: true });
    expect(await outcomes(filter, forkAttempts)).toEqual(forkAttempts.map(() => "ok"));
    expect(await outcomes(filter, everything)).toEqual(everything.map(({ filtered }) => filtered));
  });

  it("lets a module with network access have TCP and UDP, and no other sockets", async () => {
    const filter = filterProgram(process.arch, { network: true, spawn: false });
    const [without, within] = [
      await outcomes(undefined, networkAttempts),
      await outcomes(filter, networkAttempts),
    ];
    for (const [n, { title, natural, filtered }] of networkAttempts.entries()) {
      expect(natural, `${title}, without the filter`).toContain(without[n]);
      expect(within[n], title).toBe(filtered);
    }
  });

  it("tells of calls newer than its table that there are none", async () => {
    const newer = [LAST_KNOWN_CALL + 1, LAST_KNOWN_CALL + 2, 521, 547, 0xffff];
    const { output } = await call(
      single(),
      newer.map((number) => [number]),
    );
    expect(errnosOf(output)).toEqual(newer.map(() => "ENOSYS"));
  });

  it.runIf(process.arch === "x64").each([
    ["a call with short pointers", 0x4000_0000 + 39],
    ["a call by the 32-bit door", -32],
  ])("kills a process that makes %s", async (_title, number) => {
    const { output, exitCode } = await call(single(), [["fcntl", 0, 1], [number], ["fcntl", 0, 1]]);
    expect([errnosOf(output), exitCode]).toEqual([["ok"], 128 + 31]);
  });

  async function outcomes(filter: Uint8Array | undefined, attempts: readonly Attempt[]): Promise<string[]> {
    const { output } = await call(
      filter,
      attempts.map(({ call: name, args }) => [name, ...args]),
    );
    return errnosOf(output);
  }

  function call(
    filter: Uint8Array | undefined,
    calls: readonly (readonly (string | number)[])[],
  ): Promise<ProgramRun> {
    const lines = calls.map(([name, ...args]) => [numberOf(name), ...args].join(" "));
    return runFiltered(dir.path, filter, [caller], { input: `${lines.join("\n")}\n` });
  }

  function numberOf(name: string | number | undefined): number {
    const number = typeof name === "string" ? numbers.get(name) : name;
    if (number === undefined) throw new Error(`there is no call ${name}`);
    return number;
  }
});

/** The same filter with errnos that the kernel has no use for, so that it shows who said no. */
function markErrnos(program: Uint8Array): Uint8Array {
  const marked = Buffer.from(program);
  for (let at = 0; at < marked.length; at += 8) {
    const value = marked.readUInt32LE(at + 4);
    const isErrno = marked.readUInt16LE(at) === 0x06 && (value & 0xffff_0000) === 0x0005_0000;
    if (isErrno) marked.writeUInt32LE(value + 1000, at + 4);
  }
  return marked;
}
