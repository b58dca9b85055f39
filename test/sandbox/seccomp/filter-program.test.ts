import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seccompSupport } from "../../../src/sandbox/seccomp/architecture.js";
import { arm64Calls } from "../../../src/sandbox/seccomp/calls-arm64.js";
import { x64Calls } from "../../../src/sandbox/seccomp/calls-x64.js";
import { filterProgram } from "../../../src/sandbox/seccomp/filter-program.js";
import { policyOf } from "../../../src/sandbox/seccomp/policy.js";
import { timeLimitMs } from "../../kit/time-limit.js";
import { isMissing } from "../../kit/tool.js";
import { checkedProgram } from "./classic-bpf.js";
import { callNumbers } from "./kernel-headers.js";
import { type Outcome, plainOutcome } from "./plain-policy.js";

const X86_64 = 0xc000_003e;
const AARCH64 = 0xc000_00b7;
/** AUDIT_ARCH_I386 and AUDIT_ARCH_ARM: the same machines in their 32-bit ways. */
const foreign = [0x4000_0003, 0x4000_0028];
const flags = [0, 1, 2, 3, 4, 6, 10, 16, 17, 35, 40, 64, 0x100, 0x800, 0x1_0000, 0x8_0000, 0x2_0000, 0x80];
const reserving = [0x4030_5828, 0x4030_582a, 0x4030_5839, 0x4030_582b];
const commands = [
  ...reserving,
  0x5401,
  0x5412,
  0x541c,
  0x5423,
  1030,
  1031,
  0o644,
  0o4755,
  0o2755,
  0o100,
  0o20_000_000,
];

const low = fc.oneof(
  fc.constantFrom(...flags, ...commands),
  fc.subarray(flags).map((some) => some.reduce((sum, bit) => (sum | bit) >>> 0, 0)),
  fc.nat({ max: 31 }).map((bit) => 2 ** bit),
  fc.nat({ max: 0xffff_ffff }),
);
const high = fc.oneof(fc.constant(0), fc.constantFrom(1, 0xffff_ffff), fc.nat({ max: 0xffff_ffff }));
const args = fc.array(fc.tuple(high, low), { minLength: 6, maxLength: 6 });
const policy = fc.record({ network: fc.boolean(), spawn: fc.boolean() });

describe.skipIf(isMissing("gcc", "gcc with libc6-dev")).each([
  { arch: "x64", auditNumber: X86_64, table: x64Calls },
  { arch: "arm64", auditNumber: AARCH64, table: arm64Calls },
])("the filter for $arch", ({ arch, auditNumber, table }) => {
  const numbers = callNumbers(arch);
  const names = new Map([...numbers].map(([name, number]) => [number, name]));

  it("has the numbers that the kernel headers have", () => {
    const inHeaders = Object.keys(table).map((name) => [name, numbers.get(name)]);
    expect(table).toEqual(Object.fromEntries(inHeaders));
  });

  it("knows every call that it is about and this kind of processor has", () => {
    const missing = Object.keys(x64Calls).filter((name) => numbers.has(name) && !(name in table));
    expect(missing).toEqual([]);
  });

  it("answers each call as the policy says, whatever the upper halves of the arguments hold", () => {
    const number = fc.oneof(
      fc.constantFrom(...Object.values(table)),
      fc.constantFrom(...names.keys()),
      fc.nat({ max: 1000 }),
    );
    fc.assert(
      fc.property(policy, number, args, (granted, called, halves) => {
        const name = names.get(called);
        const expected =
          called > 450
            ? "ENOSYS"
            : plainOutcome(
                name,
                halves.map((pair) => pair[1]),
                granted,
              );
        const answer = filterFor(
          arch,
          granted,
        )({
          number: called,
          architecture: auditNumber,
          args: halves.map(([above, below]) => (BigInt(above) << 32n) | BigInt(below)),
        }).answer;
        expect(outcomeOf(answer), `${name ?? called}(${halves.map((pair) => pair[1])})`).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it("answers every number with all arguments zero as the policy says", () => {
    const zero = [0, 0, 0, 0, 0, 0];
    for (const granted of policies) {
      const run = filterFor(arch, granted);
      for (let called = 0; called <= 450; called += 1) {
        const { answer } = run({ number: called, architecture: auditNumber, args: zero.map(BigInt) });
        expect(outcomeOf(answer), names.get(called)).toBe(plainOutcome(names.get(called), zero, granted));
      }
    }
  });

  it("kills what calls by the rules of another kind of program", () => {
    const number = fc.nat({ max: 0xffff_ffff });
    const other = fc
      .oneof(fc.constantFrom(...foreign, X86_64, AARCH64), fc.nat({ max: 0xffff_ffff }))
      .filter((one) => one !== auditNumber);
    fc.assert(
      fc.property(policy, number, other, (granted, called, architecture) => {
        const { answer } = filterFor(arch, granted)({ number: called, architecture, args: [] });
        expect(outcomeOf(answer)).toBe("kill");
      }),
    );
  });

  it("is short, and shorter on each way through it", () => {
    for (const granted of policies) {
      const run = filterFor(arch, granted);
      const ways = Array.from({ length: 451 }, (_, number) =>
        [0n, 1n, 2n, 10n, 0xffff_ffffn].map(
          (each) =>
            run({ number, architecture: auditNumber, args: [each, 2n, 0n, each, 0n, 0n] }).instructions,
        ),
      ).flat();
      expect(filterProgram(arch, granted).length / 8).toBeLessThanOrEqual(400);
      expect(Math.max(...ways)).toBeLessThanOrEqual(24);
    }
  });

  it("is made in a few milliseconds", () => {
    const start = performance.now();
    for (let round = 0; round < 10; round += 1) filterProgram(arch, { network: true, spawn: false });
    expect((performance.now() - start) / 10).toBeLessThan(timeLimitMs(20));
  });
});

describe("the filter for x64", () => {
  it("kills programs with short pointers, whose numbers would pass for others", () => {
    const run = filterFor("x64", { network: true, spawn: true });
    for (const number of [0x4000_0000, 0x4000_0000 + 101, 0x4000_0000 + 521, 0xffff_ffff]) {
      expect(outcomeOf(run({ number, architecture: X86_64, args: [] }).answer)).toBe("kill");
    }
  });

  it("knows nothing of the numbers from 512 on, by which old kernels let short-pointer calls in", () => {
    const run = filterFor("x64", { network: true, spawn: true });
    for (let number = 512; number < 548; number += 1) {
      expect(outcomeOf(run({ number, architecture: X86_64, args: [] }).answer)).toBe("ENOSYS");
    }
  });
});

describe("seccompSupport", () => {
  it("says which processors have a filter, and why another has none", () => {
    expect(["x64", "arm64"].map((arch) => seccompSupport(arch))).toEqual([
      { isSupported: true },
      { isSupported: true },
    ]);
    expect(seccompSupport("riscv64")).toEqual({
      isSupported: false,
      reason: "there is a filter of system calls for x64 and arm64 only, not for riscv64",
    });
    expect(() => filterProgram("riscv64", { network: false, spawn: false })).toThrow(RangeError);
  });
});

describe("policyOf", () => {
  it("lets through what was granted", () => {
    expect(policyOf({ network: true, spawn: false })).toEqual({ network: true, spawn: false });
  });
});

const policies = [false, true].flatMap((network) => [false, true].map((spawn) => ({ network, spawn })));
const made = new Map<string, ReturnType<typeof checkedProgram>>();

function filterFor(arch: string, granted: { network: boolean; spawn: boolean }) {
  const key = `${arch} ${granted.network} ${granted.spawn}`;
  const filter = made.get(key) ?? checkedProgram(filterProgram(arch, granted));
  made.set(key, filter);
  return filter;
}

function outcomeOf(answer: number): Outcome {
  const outcomes = new Map<number, Outcome>([
    [0x7fff_0000, "allow"],
    [0x8000_0000, "kill"],
    [0x0005_0001, "EPERM"],
    [0x0005_0026, "ENOSYS"],
    [0x0005_005d, "EPROTONOSUPPORT"],
    [0x0005_0061, "EAFNOSUPPORT"],
    [0x0005_005f, "EOPNOTSUPP"],
  ]);
  const outcome = outcomes.get(answer);
  if (outcome === undefined) throw new Error(`unknown answer ${answer.toString(16)}`);
  return outcome;
}
