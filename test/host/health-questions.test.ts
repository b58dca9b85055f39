import { describe, expect, it } from "vitest";
import { type AskedModule, HealthQuestions } from "../../src/host/health-questions.js";
import { errorFromWire } from "../../src/ipc/index.js";
import { silentLogger } from "../../src/log.js";

function scene(answer: () => unknown) {
  const reports: unknown[] = [];
  let asked = 0;
  const module = {
    name: "m",
    connection: {} as object | undefined,
    isStopping: false,
    leavesUnread: false as boolean,
    invoke: async () => {
      asked++;
      return answer();
    },
  } satisfies AskedModule;
  const questions = new HealthQuestions({ report: (...each) => reports.push(each), log: silentLogger });
  return { module, reports, questions, asked: () => asked };
}

const notSupported = () => {
  throw errorFromWire({ code: "NOT_SUPPORTED", message: "none", retryable: false });
};

describe("the question how a module is", () => {
  it.each([
    ["Healthy", { health: "Healthy", details: { queue: 1 } }],
    [{ Degraded: "slow" }, { health: { Degraded: "slow" }, more: true }],
    [{ Unresponsive: "no disk" }, { health: { Unresponsive: "no disk" }, details: null }],
  ])("takes the answer %j as a report", async (health, answer) => {
    const { module, questions, reports } = scene(() => answer);
    await questions.ask(module);
    expect(reports).toEqual([["m", health]]);
  });

  it.each([
    null,
    "Healthy",
    { health: { Crashed: "x" } },
    { health: "well" },
    { health: { Degraded: "x".repeat(2000) } },
  ])("takes nothing from the answer %j, and asks again", async (answer) => {
    const { module, questions, reports, asked } = scene(() => answer);
    await questions.ask(module);
    await questions.ask(module);
    expect([reports, asked()]).toEqual([[], 2]);
  });

  it("is put again to a module that serves none yet: its handler may come late", async () => {
    let answer: () => unknown = notSupported;
    const { module, questions, reports, asked } = scene(() => answer());
    for (let n = 0; n < 2; n++) await questions.ask(module);
    answer = () => ({ health: { Degraded: "slow" } });
    await questions.ask(module);
    expect([asked(), reports]).toEqual([3, [["m", { Degraded: "slow" }]]]);
  });

  it("is not put to a module that owes an answer, has no connection, or is going", async () => {
    const { module, questions, asked } = scene(() => new Promise(() => {}));
    void questions.ask(module);
    await questions.ask(module);
    expect(asked()).toBe(1);
    await questions.ask({ ...module, connection: undefined });
    await questions.ask({ ...module, connection: {}, isStopping: true });
    expect(asked()).toBe(1);
  });

  it("lies unread once at most, however long the module hangs, and is put again when it reads", async () => {
    const { module, questions, asked } = scene(() => {
      throw errorFromWire({ code: "DEADLINE", message: "no answer", retryable: true });
    });
    module.leavesUnread = true;
    for (let minute = 0; minute < 10; minute++) await questions.ask(module);
    expect(asked()).toBe(1);
    module.leavesUnread = false;
    await questions.ask(module);
    expect(asked()).toBe(2);
    await questions.ask({ ...module, leavesUnread: true, connection: {} });
    expect(asked()).toBe(3);
  });

  it("takes no answer of a connection that is gone", async () => {
    const { module, questions, reports } = scene(() => {
      module.connection = {};
      return { health: { Unresponsive: "old" } };
    });
    await questions.ask(module);
    expect(reports).toEqual([]);
  });
});
