import { describe, expect, it } from "vitest";
import { readBudget, UsageError } from "../../bench/budget.mjs";

const known = ["fanout", "publish"];

describe("readBudget", () => {
  it("measures everything with at least five rounds when nothing is said", () => {
    expect(readBudget([], known)).toMatchObject({
      scenarios: known,
      k: [1, 4, 16],
      isSmoke: false,
      save: true,
    });
    expect(readBudget([], known).rounds).toBeGreaterThanOrEqual(5);
    expect(readBudget([], known).peers).toEqual(["nats", "zeromq", "redis", "grpc", "child-process", "rxjs"]);
  });

  it("takes lists of scenarios, peers and module counts", () => {
    const args = ["--only", "publish", "--peers", "grpc,nats", "--k", "2,3", "--rounds", "1", "--no-save"];
    expect(readBudget(args, known)).toMatchObject({
      scenarios: ["publish"],
      peers: ["grpc", "nats"],
      k: [2, 3],
      rounds: 1,
      save: false,
    });
    expect(readBudget(["--peers", "none"], known).peers).toEqual([]);
  });

  it("needs no server and stores nothing when it only tries the bench", () => {
    const { peers, rounds, save } = readBudget(["--smoke"], known);
    expect({ peers, rounds, save }).toEqual({
      peers: ["zeromq", "grpc", "child-process", "rxjs"],
      rounds: 1,
      save: false,
    });
  });

  it.each([
    [["--only", "fanuot"], /"fanuot" is no scenario; known are fanout, publish/],
    [["--peers", "kafka"], /"kafka" is no peer/],
    [["--rounds", "0"], /--rounds takes whole numbers from 1/],
    [["--k", "1,x"], /--k takes whole numbers from 1, not "x"/],
    [["fanout"], /fanout/],
  ])("refuses %j and says what is allowed", (args, message) => {
    expect(() => readBudget(args, known)).toThrow(UsageError);
    expect(() => readBudget(args, known)).toThrow(message);
  });
});
