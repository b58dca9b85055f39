import { spawn } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aarch64 } from "../../src/sandbox/canary/aarch64.js";
import { CONTENTS_ADDRESS, elfFile, MEMORY_ADDRESS } from "../../src/sandbox/canary/elf.js";
import type { MachineCall, MachineCode } from "../../src/sandbox/canary/machine-code.js";
import type { Probe } from "../../src/sandbox/canary/probe.js";
import { probeProgram } from "../../src/sandbox/canary/probe-program.js";
import { systemCallNumber, systemCalls } from "../../src/sandbox/canary/system-calls.js";
import { mustFail, mustTell } from "../../src/sandbox/canary/verdict.js";
import { x86_64 } from "../../src/sandbox/canary/x86-64.js";
import { architectureOf } from "../../src/sandbox/seccomp/architecture.js";
import { type Decoded, decodeAarch64, decodeX86 } from "../kit/decode-machine-code.js";
import { tempDir } from "../kit/process-temp-dir.js";

const call: MachineCall = {
  number: 302,
  operands: [
    { constant: 0n },
    { constant: -1n },
    { constant: 0x0123_4567_89ab_cdefn },
    { loadFrom: MEMORY_ADDRESS + 40 },
    { constant: 0xffff_0000n },
    { loadFrom: MEMORY_ADDRESS },
  ],
  resultAt: MEMORY_ADDRESS + 4096,
};

const processors: readonly (readonly [string, MachineCode, (code: Buffer) => Decoded[]])[] = [
  ["x86_64", x86_64, decodeX86],
  ["aarch64", aarch64, decodeAarch64],
];

describe.each(processors)("a system call in the code of %s", (_name, code, decode) => {
  it("loads its parameters in their order, calls the kernel and stores the answer", () => {
    expect(decode(code.encode(call))).toEqual([
      { parameter: 0, constant: 0n },
      { parameter: 1, constant: 0xffff_ffff_ffff_ffffn },
      { parameter: 2, constant: 0x0123_4567_89ab_cdefn },
      { parameter: 3, loadFrom: MEMORY_ADDRESS + 40 },
      { parameter: 4, constant: 0xffff_0000n },
      { parameter: 5, loadFrom: MEMORY_ADDRESS },
      { call: 302 },
      { storeAt: MEMORY_ADDRESS + 4096 },
    ]);
  });

  it("lets a child end before it stores anything, and its parent go on behind that", () => {
    expect(decode(code.encode({ ...call, operands: [], childEndsBy: 94 }))).toEqual([
      { call: 302 },
      { unlessZeroSkip: 3 },
      { parameter: 0, constant: 0n },
      { call: 94 },
      { storeAt: MEMORY_ADDRESS + 4096 },
    ]);
  });

  it("has no place for a seventh parameter", () => {
    expect(() => code.encode({ ...call, operands: Array(7).fill({ constant: 0n }) })).toThrow(RangeError);
  });
});

describe("the numbers of system calls", () => {
  it.each(["x64", "arm64"] as const)("are those of the filter on %s, where both have them", (arch) => {
    const known = architectureOf(arch)?.calls ?? {};
    const shared = systemCalls.filter((name) => name in known);
    expect(shared.length).toBeGreaterThan(30);
    for (const name of shared) {
      expect(systemCallNumber(arch, name), name).toBe(known[name as keyof typeof known]);
    }
  });
});

describe("the executable of the canary", () => {
  it("has its instructions where its header says, and memory for its answers", () => {
    const file = elfFile(183, Buffer.from("constants and code"), { entryOffset: 8, memoryBytes: 4096 });
    expect(file.subarray(0, 7)).toEqual(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]));
    expect(file.readUInt16LE(18)).toBe(183);
    expect(file.readBigUInt64LE(24)).toBe(BigInt(CONTENTS_ADDRESS + 8));
    expect(file.subarray(64 + 3 * 56).toString()).toBe("constants and code");
    expect(file.readBigUInt64LE(64 + 56 + 40)).toBe(4096n);
  });

  const probes: Probe[] = [
    {
      layer: "wire",
      attempt: "open what isn't there",
      steps: [{ call: "openat", args: [-100, "/no/such/file", 0, 0] }],
      ...mustFail("ENOENT"),
      isTelling: true,
    },
    {
      layer: "wire",
      attempt: "read what it wrote",
      steps: [
        { call: "openat", args: [-100, "/proc/self/comm", 0, 0] },
        { call: "read", args: [{ answerOf: 0 }, { outBytes: 20 }, 20] },
      ],
      after: [{ call: "close", args: [{ answerOf: 0 }] }],
      ...mustTell("its name", ({ answer, out }) => {
        const seen = out.toString("latin1", 0, answer).trim();
        return { seen, isRight: seen.startsWith("canary") };
      }),
      isTelling: true,
    },
    {
      layer: "wire",
      attempt: "start a child",
      steps: [{ call: "clone", args: [17, 0, 0, 0, 0], isFork: true }],
      after: [{ call: "wait4", args: [-1, 0, 0, 0] }],
      ...mustFail("EPERM"),
      isTelling: true,
    },
  ];

  it.runIf(process.platform === "linux" && process.arch === "x64")(
    "runs without a library, prints its token and what the kernel answered, and waits for the end of its input",
    async () => {
      await using dir = await tempDir();
      const token = Buffer.from("0123456789abcdef");
      const program = probeProgram("x64", probes, token);
      const output = await runFile(join(dir.path, "canary"), program.file);
      expect(output.subarray(0, 16)).toEqual(token);
      expect(output.length).toBe(16 + program.answersBytes);
      expect(program.read(output.subarray(16)).map(({ seen, isDenied }) => [seen, isDenied])).toEqual([
        ["ENOENT", true],
        ["canary", true],
        ["succeeded", false],
      ]);
    },
  );

  it("leaves out calls that a processor doesn't have, and says so", () => {
    const fork: Probe = { ...(probes[2] as Probe), steps: [{ call: "fork", args: [], isFork: true }] };
    const program = probeProgram("arm64", [fork], Buffer.from("t"));
    const [denial] = program.read(Buffer.alloc(program.answersBytes));
    expect(denial).toMatchObject({
      seen: "not a system call of this processor",
      isDenied: true,
      isTelling: false,
    });
  });
});

async function runFile(path: string, file: Buffer): Promise<Buffer> {
  await writeFile(path, file);
  await chmod(path, 0o755);
  const child = spawn(path, [], { stdio: ["pipe", "pipe", "inherit"], timeout: 10_000, env: {} });
  const pieces: Buffer[] = [];
  for await (const piece of child.stdout) {
    pieces.push(piece as Buffer);
    child.stdin.end();
  }
  return Buffer.concat(pieces);
}
