import { describe, expect, it } from "vitest";
import { parseScenario } from "../../../../src/chain/devnet/life/parse-scenario.js";
import { readScenarioFile } from "../../../../src/chain/devnet/life/read-scenario-file.js";
import { stepSchemas } from "../../../../src/chain/devnet/life/scenario-steps.js";
import { catchError } from "../../../kit/catch-error.js";
import { played } from "./scenario-kit.js";

const parsed = (text: string) => parseScenario(text, "it.yaml");
const steps = (text: string) => parsed(`version: 1\nsteps:\n${text}`);

describe("a scenario's steps", () => {
  it("run exactly in order, repeats included", async () => {
    const { devnet, places, error } = await played(`
  - mine: 2
  - repeat:
      times: 2
      steps:
        - pay: { value_sat: 1000, fee_rate: 2, as: a }
        - bump: { transaction: a, fee_rate: 9 }
  - mine: { count: 1, empty: true }
  - reorganize: 3
  - expire:
  - clear_mempool:`);
    expect(error).toBeUndefined();
    const pay = { valueSat: 1000, feeRateSatPerVb: 2, isReplaceable: true };
    expect(devnet.done.map(({ what, given }) => [what, ...given])).toEqual([
      ["mine", 2, { withoutMempool: false }],
      ["pay", pay],
      ["bump", expect.any(String), 9],
      ["pay", pay],
      ["bump", expect.any(String), 9],
      ["mine", 1, { withoutMempool: true }],
      ["reorganize", 3],
      ["expire"],
      ["clearMempool"],
    ]);
    expect(places.map(({ step, line }) => [step, line])).toEqual([
      ...[
        [1, 4],
        [2, 8],
        [3, 9],
        [4, 8],
        [5, 9],
        [6, 10],
        [7, 11],
        [8, 12],
        [9, 13],
      ],
    ]);
  });

  it("name blocks, transactions and peers for the steps after them", async () => {
    const { devnet, error } = await played(`
  - connect_peer: { address: "192.0.2.1:18444", as: bob }
  - connect_peer: alice
  - mine: { count: 3, as: first }
  - pay: { value_sat: 1000, fee_rate: 2, as: coffee }
  - expect: { waiting: [coffee], blocks_since_start: 3, connected: [bob, alice], peers: 2 }
  - invalidate: first
  - expect: { blocks_since_start: 0, height: 110 }
  - reconsider: first
  - expect: { height_at_least: 113 }
  - mine_exactly: { transactions: [coffee], as: fourth }
  - expect: { tip: fourth, not_waiting: [coffee], mempool_size: 0 }
  - ban_peer: { peer: bob, duration_s: 60 }
  - expect: { not_connected: [bob] }
  - advance_time: 2m
  - connect_peer: { address: "192.0.2.1:18444" }
  - invalidate: tip`);
    expect(error).toBeUndefined();
    expect(devnet.done.at(-1)?.what).toBe("invalidate");
    expect(devnet.events.map(({ type }) => type)).toContain("PeerUnbanned");
  });

  it("wait as long as they say on the scheduler's time", async () => {
    const { lastMs, error } = await played(
      "  - wait: 500ms\n  - wait: 2s\n  - wait: 1m\n  - wait: 0ms\n  - wait: 1h",
    );
    expect(error).toBeUndefined();
    expect(lastMs).toBe(500 + 2000 + 60_000 + 3_600_000);
  });

  it("end at what the devnet refuses, with the line, and change no more", async () => {
    const { devnet, error } = await played("  - mine: 1\n  - unban_peer: 192.0.2.1\n  - mine: 1");
    expect(error).toMatchObject({
      code: "SCENARIO_STEP_FAILED",
      details: { line: 4, step: 2, steps: 3, what: "unban_peer", code: "DEVNET_PEER_UNKNOWN" },
    });
    expect(devnet.done).toHaveLength(2);
  });

  it.each([
    ["height: 7", "height", "111", "7"],
    ["height_at_least: 112", "height_at_least", "111", "at least 112"],
    ["blocks_since_start: 2", "blocks_since_start", "1", "2"],
    ["mempool_size: 0", "mempool_size", "1", "0"],
    ["mempool_size_at_most: 0", "mempool_size_at_most", "1", "at most 0"],
    ["mempool_size_at_least: 2", "mempool_size_at_least", "1", "at least 2"],
    ["not_waiting: [a]", "not_waiting a", "waiting", "not waiting"],
    [`waiting: [${"0".repeat(64)}]`, `waiting ${"0".repeat(64)}`, "not waiting", "waiting"],
    ["peers: 3", "peers", "0", "3"],
    ["connected: [192.0.2.9:1]", "connected 192.0.2.9:1", "not connected", "connected"],
    ["balance_at_least_sat: 50000000001", "balance_at_least_sat", "50000000000", "at least 50000000001"],
  ])(
    "end at an expectation of %s that doesn't hold, with both sides of it",
    async (field, what, found, expected) => {
      const { error } = await played(
        `  - mine: 1\n  - pay: { value_sat: 1, fee_rate: 1, as: a }\n  - expect: { ${field} }\n  - mine: 1`,
      );
      expect(error).toMatchObject({
        code: "SCENARIO_EXPECTATION_FAILED",
        details: { line: 5, step: 3, what, found, expected },
      });
    },
  );

  it("stop at once when they are aborted while one waits", async () => {
    const abort = new AbortController();
    abort.abort();
    const { devnet, error, scheduler } = await played("  - mine: 1", { signal: abort.signal });
    expect(error).toMatchObject({ code: "SCENARIO_STOPPED" });
    expect(devnet.done).toEqual([]);
    expect(scheduler.actions.filter((action) => !action.closed)).toEqual([]);
  });
});

describe("reading a scenario", () => {
  it("takes 10,000 steps, repeats included, and no more", () => {
    const many = (times: number) =>
      `  - repeat: { times: 100, steps: [{ repeat: { times: ${times}, steps: [{ expire: }] } }] }`;
    expect(steps(many(100)).stepCount).toBe(10_000);
    expect(catchError(() => steps(many(101)))).toMatchObject({ code: "SCENARIO_INVALID" });
  });

  it("knows each step by an example of it", () => {
    const examples = {
      mine: "3",
      mine_exactly: "{ transactions: [] }",
      pay: "{ value_sat: 1000, fee_rate: 1.5 }",
      bump: `{ transaction: ${"a".repeat(64)}, fee_rate: 2 }`,
      reorganize: "1",
      invalidate: "tip",
      reconsider: `{ block: ${"0".repeat(64)} }`,
      connect_peer: "",
      disconnect_peer: "192.0.2.1:1",
      ban_peer: "192.0.2.1",
      unban_peer: "192.0.2.1",
      invalid_block: "192.0.2.1:1",
      flood: "{ peer: '192.0.2.1:1', messages: 300 }",
      gossip: "2",
      partition: "cut",
      set_time: "0",
      advance_time: "336h",
      wait: "1h",
      expire: "",
      clear_mempool: "{}",
      expect: "{ height: 1 }",
    };
    for (const [name, value] of Object.entries(examples)) {
      expect(steps(`  - ${name}: ${value}`).steps[0]).toMatchObject({ kind: name, line: 3 });
    }
    expect(Object.keys(examples)).toEqual(Object.keys(stepSchemas).filter((name) => name !== "reconnect"));
  });

  const refused: readonly (readonly [string, string, number, number, string])[] = [
    ["an empty file", "", 1, 1, "nothing"],
    ["a list", "- mine: 1", 1, 1, "a list"],
    ["another version", "version: 2\nsteps: []", 1, 10, "version: 1"],
    ["no steps", "version: 1", 1, 1, "no steps"],
    ["steps that are none", "version: 1\nsteps: []", 2, 8, "no step"],
    ["an unknown key", "version: 1\nstepz:\n  - mine: 1", 2, 1, "did you mean steps?"],
    ["an unknown step", "version: 1\nsteps:\n  - mein: 1", 3, 5, "did you mean mine?"],
    ["an unknown field", "version: 1\nsteps:\n  - pay: { value: 1 }", 3, 12, 'key "value"'],
    ["a prototype's key", "version: 1\nsteps:\n  - mine: { __proto__: 1 }", 3, 13, '"__proto__"'],
    ["two keys in a step", "version: 1\nsteps:\n  - { mine: 1, expire: }", 3, 5, "2 keys"],
    ["a key twice", "version: 1\nversion: 1\nsteps: [{ mine: 1 }]", 2, 1, "a second time"],
    ["an alias", "version: 1\nname: &n x\nseed: *n\nsteps: [{ mine: 1 }]", 2, 10, "an anchor"],
    ["a tag", "version: 1\nname: !!str x\nsteps: [{ mine: 1 }]", 2, 13, "a tag"],
    ["a tag of its own", "version: 1\nsteps: [{ mine: !js/eval '1' }]", 2, 17, "found"],
    ["two documents", "version: 1\nsteps: [{ mine: 1 }]\n---\nversion: 1", 3, 1, "bad YAML"],
    ["what is no YAML", "version: 1\nsteps: [", 2, 9, "bad YAML"],
    ["a count of 0", "version: 1\nsteps:\n  - mine: 0", 3, 11, "from 1 to 1000"],
    ["a count in words", "version: 1\nsteps:\n  - mine: { count: many }", 3, 20, "from 1 to 1000"],
    ["an amount that is missing", "version: 1\nsteps:\n  - pay: { fee_rate: 1 }", 3, 10, "no value_sat"],
    ["a wait above an hour", "version: 1\nsteps:\n  - wait: 61m", 3, 11, "0ms to 1h"],
    ["a wait without a unit", "version: 1\nsteps:\n  - wait: 5", 3, 11, "0ms to 1h"],
    ["an expectation of nothing", "version: 1\nsteps:\n  - expect: {}", 3, 13, "at least one thing"],
    [
      "a label that nobody made",
      "version: 1\nsteps:\n  - pay: { value_sat: 1, fee_rate: 1, as: ab }\n  - bump: { transaction: abc, fee_rate: 2 }",
      4,
      26,
      "did you mean ab?",
    ],
    [
      "a label of another kind",
      "version: 1\nsteps:\n  - mine: { as: b }\n  - bump: { transaction: b, fee_rate: 2 }",
      4,
      26,
      "a transaction that an earlier step named",
    ],
    ["a label with spaces", "version: 1\nsteps:\n  - mine: { as: a b }", 3, 17, "a label"],
    ["a repeat of nothing", "version: 1\nsteps:\n  - repeat: { times: 2, steps: [] }", 3, 32, "no step"],
    [
      "a repeat too often",
      "version: 1\nsteps:\n  - repeat: { times: 10001, steps: [{ mine: 1 }] }",
      3,
      22,
      "times from 1",
    ],
    [
      "five repeats",
      `version: 1\nsteps: ${"[{ repeat: { times: 1, steps: ".repeat(5)}[{ mine: 1 }]${" } }]".repeat(5)}`,
      2,
      0,
      "inside four",
    ],
    [
      "an infinite amount",
      "version: 1\nsteps:\n  - pay: { value_sat: .inf, fee_rate: 1 }",
      3,
      23,
      "an amount",
    ],
    [
      "a fee rate that is no number",
      "version: 1\nsteps:\n  - pay: { value_sat: 1, fee_rate: .nan }",
      3,
      36,
      "a fee rate",
    ],
    [
      "a number where names are expected",
      "version: 1\nsteps:\n  - expect: { waiting: 77 }",
      3,
      24,
      "found 77, allowed is a list of at most 1000 transactions",
    ],
    ["brackets without end", `version: 1\nsteps: ${"[".repeat(400_000)}`, 2, 48, "40 levels"],
    ["indicators without end", `version: 1\nsteps:\n  ${"- ".repeat(200_000)}`, 3, 3, "40 levels"],
    ["half a megabyte", `version: 1\n#${"x".repeat(500_000)}`, 1, 1, "500000"],
    ["40,000 keys", Array.from({ length: 40_000 }, (_, n) => `k${n}: 1`).join("\n"), 1, 1, "found key"],
    ["a control character", 'version: 1\nname: "a\u0000b"\nsteps: [{ mine: [} ]', 3, 0, "found"],
  ];
  it.each(refused)("refuses %s where it stands", (_what, text, line, column, words) => {
    const error = catchError(() => parsed(text)) as Error & { details: { line: number; column: number } };
    expect(error).toMatchObject({ code: "SCENARIO_INVALID", message: expect.stringContaining(words) });
    expect(error.message).toMatch(/^it\.yaml:\d+:\d+: found .+, allowed is .+; /s);
    expect(error.message.length).toBeLessThan(700);
    expect(error.details.line).toBe(line);
    if (column > 0) expect(error.details.column).toBe(column);
  });

  it("says why a file can't be read", () => {
    for (const file of ["/nowhere/at-all.yaml", "/"]) {
      expect(catchError(() => readScenarioFile(file))).toMatchObject({ code: "SCENARIO_UNREADABLE" });
    }
  });
});
