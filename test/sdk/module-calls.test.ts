import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Capability } from "../../src/manifest/index.js";
import { noModules } from "../../src/node-api/index.js";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost, type TestHost } from "../../src/testing/index.js";
import { eventually } from "../kit/ipc-deadline.js";
import { startIpcHost } from "../kit/ipc-host.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";

const capabilities: readonly Capability[] = [
  "subscribe_events",
  "call_module",
  "register_module_api",
  "discover_modules",
  "read_metrics",
  "report_metrics",
];

async function join(host: TestHost, name: string, setup: (module: ModuleIntegration) => void = () => {}) {
  const module = await ModuleIntegration.connect(await host.door(name, { capabilities }));
  setup(module);
  await module.subscribeEvents([]);
  await host.loaded(name);
  return module;
}

function refusal(call: Promise<unknown>): Promise<{ code: string; message: string; details: object }> {
  return call.then(
    (answer) => Promise.reject(new Error(`it was answered: ${JSON.stringify(answer)}`)),
    (error) => error,
  );
}

const numbers = z.object({ numbers: z.array(z.number()) });

describe("a call between modules", () => {
  it("carries JSON both ways, by name, by id, by name::method and by method alone", async () => {
    await using host = await startTestHost();
    await using adder = await join(host, "adder", (module) => {
      void module.onCall("sum", numbers, ({ numbers }) => numbers.reduce((sum, each) => sum + each, 0));
    });
    await using asker = await join(host, "asker");
    const params = { numbers: [1, 2, 3.5] };
    const answer = z.number();
    expect(await asker.call("adder", "sum", params, { answer })).toBe(6.5);
    expect(await asker.call(adder.context.module_id, "sum", params)).toBe(6.5);
    expect(await asker.call(undefined, "adder::sum", params)).toBe(6.5);
    expect(await asker.call(undefined, `${adder.context.module_id}::sum`, params)).toBe(6.5);
    expect(await asker.call(undefined, "sum", params)).toBe(6.5);
  });

  it("carries bytes as they are, and undefined as nothing", async () => {
    await using host = await startTestHost();
    await using _callee = await join(host, "callee", (module) => {
      void module.onCall("turn", "bytes", (bytes) => bytes.toReversed());
      void module.onCall("none", z.undefined(), () => undefined);
    });
    await using asker = await join(host, "asker");
    const turned = await asker.nodeApi.callModule("callee", "turn", Uint8Array.of(1, 0, 255));
    expect([...turned]).toEqual([255, 0, 1]);
    expect(await asker.call("callee", "none")).toBe(undefined);
  });

  it("tells the callee who calls, whatever the caller says, and how much time is left", async () => {
    await using host = await startTestHost();
    const calls: unknown[] = [];
    await using _callee = await join(host, "callee", (module) => {
      void module.onCall("who", z.unknown(), (_params, call) => {
        calls.push([
          call.callerId,
          call.callerName,
          call.method,
          call.remainingMs() > 1000,
          call.remainingMs() <= 2000,
        ]);
      });
    });
    await using asker = await join(host, "asker");
    await asker.client.request("CallModule", {
      target_module_id: "callee",
      method: "who",
      params: new Uint8Array(),
      timeout_ms: 2000,
      caller_module_id: "node_0",
    });
    expect(calls).toEqual([[asker.context.module_id, "asker", "who", true, true]]);
  });

  it("brings the callee's error with its code and says whose it is", async () => {
    await using host = await startTestHost();
    await using _callee = await join(host, "callee", (module) => {
      void module.onCall("poor", z.unknown(), () => {
        throw Object.assign(new Error("no funds"), {
          code: "NO_FUNDS",
          details: { from: "the node", sats: 1 },
        });
      });
      void module.onCall("forge", z.unknown(), () => {
        throw Object.assign(new Error("denied"), { code: "PERMISSION_DENIED", retryable: true });
      });
      void module.onCall("broken", z.unknown(), () => {
        throw new Error("a plain one");
      });
      void module.onCall("picky", z.object({ deep: z.object({ count: z.int() }) }), () => 1);
    });
    await using asker = await join(host, "asker");
    const ask = (method: string, params?: unknown) => refusal(asker.call("callee", method, params));
    expect(await ask("poor")).toMatchObject({
      code: "NO_FUNDS",
      message: "no funds",
      details: { from: "callee", sats: 1 },
    });
    expect(await ask("forge")).toMatchObject({
      code: "PERMISSION_DENIED",
      retryable: true,
      details: { from: "callee" },
    });
    const broken = await ask("broken");
    expect(broken).toMatchObject({ code: "CALL_FAILED", details: { from: "callee" } });
    expect(broken.message).toContain("a plain one");
    const picky = await ask("picky", { deep: { count: 1.5 } });
    expect(picky).toMatchObject({
      code: "INVALID_PARAMS",
      details: { field: "params.deep.count", from: "callee" },
    });
    const noJson = await refusal(asker.nodeApi.callModule("callee", "picky", Uint8Array.of(0xff)));
    expect(noJson).toMatchObject({ code: "INVALID_PARAMS", details: { field: "params", from: "callee" } });
    for (const { message } of [broken, picky, noJson]) expectThreeParts(message);
  });

  it("says of an answer that it can't be read", async () => {
    await using host = await startTestHost();
    await using _callee = await join(host, "callee", (module) => {
      void module.onCall("raw", z.unknown(), () => Uint8Array.of(0xff));
      void module.onCall("word", z.unknown(), () => "word");
    });
    await using asker = await join(host, "asker");
    const unreadable = await refusal(asker.call("callee", "raw"));
    const unfit = await refusal(asker.call("callee", "word", undefined, { answer: z.number() }));
    for (const each of [unreadable, unfit]) {
      expect(each.code).toBe("ANSWER_UNREADABLE");
      expectThreeParts(each.message);
    }
  });

  it("is refused at once for whoever isn't there, for oneself, and for a method that nobody offers", async () => {
    await using host = await startTestHost();
    await using _callee = await join(
      host,
      "callee",
      (module) => void module.onCall("echo", z.unknown(), () => 1),
    );
    await using _longer = await join(
      host,
      "callee-b",
      (module) => void module.onCall("other", z.unknown(), () => 2),
    );
    await using asker = await join(
      host,
      "asker",
      (module) => void module.onCall("own", z.unknown(), () => 3),
    );
    const codes = async (target: string | undefined, method: string) => {
      const error = await refusal(asker.call(target, method));
      expectThreeParts(error.message);
      expect(error.details).not.toHaveProperty("from");
      return [error.code, error.details];
    };
    expect(await codes("asker", "own")).toMatchObject([
      "MODULE_UNAVAILABLE",
      { reason: "it is the caller itself" },
    ]);
    expect((await codes(undefined, "own"))[0]).toBe("MODULE_UNAVAILABLE");
    // Whole names only: the beginning of one, or of an id, is nobody's.
    for (const target of ["calle", "callee_", "callee_b", `callee_${"0".repeat(32)}`, "CALLEE", ""])
      expect((await codes(target, "echo"))[0], target).toBe("MODULE_UNAVAILABLE");
    expect(await codes("callee", "ecko")).toMatchObject([
      "UNKNOWN_METHOD",
      { nearest: "echo", offered: ["echo"] },
    ]);
    expect((await codes("callee", "other"))[0]).toBe("UNKNOWN_METHOD");
    expect(await codes(undefined, "othe")).toMatchObject(["UNKNOWN_METHOD", { nearest: "other" }]);
    for (const method of ["toString", "__proto__", "callee::toString", "callee::", "::echo"])
      expect((await codes(undefined, method))[0], method).toMatch(/^(UNKNOWN_METHOD|MODULE_UNAVAILABLE)$/);
  });

  it("goes by its bare method to whoever offered it first, and to the next when that one leaves", async () => {
    await using host = await startTestHost();
    const offering = (name: string) =>
      join(host, name, (module) => void module.onCall("name", z.unknown(), () => name));
    await using first = await offering("zeta");
    await using second = await offering("beta");
    await using _third = await offering("alpha");
    await using asker = await join(host, "asker");
    const ask = () => asker.call(undefined, "name");
    expect(await ask()).toBe("zeta");
    // Registering anew keeps the place.
    await first.nodeApi.registerModuleApi(["name", "more"], 2);
    expect(await ask()).toBe("zeta");
    await first.close();
    await eventually("the first one is gone", async () => (await ask().catch(() => "zeta")) !== "zeta");
    expect(await ask()).toBe("beta");
    await second.nodeApi.unregisterModuleApi();
    expect(await ask()).toBe("alpha");
    await second.nodeApi.registerModuleApi(["name"], 1);
    expect(await ask()).toBe("alpha");
  });

  it("lets both sides ask the node while it is under way", async () => {
    await using host = await startTestHost();
    host.setTip({ hash: "00".repeat(32), heightBlocks: 7 });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using callee = await join(host, "callee", (module) => {
      void module.onCall("wait", z.unknown(), async () => {
        await module.nodeApi.discoverModules();
        await held;
        return "done";
      });
    });
    await using asker = await join(host, "asker");
    const call = asker.call("callee", "wait");
    for (const module of [asker, callee]) expect(await module.nodeApi.discoverModules()).toHaveLength(2);
    release();
    expect(await call).toBe("done");
  });

  it("ends for the caller when its time is up, and the late answer is dropped", async () => {
    await using host = await startTestHost();
    let isAborted = false;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using callee = await join(host, "callee", (module) => {
      void module.onCall("slow", z.unknown(), async (_params, { signal }) => {
        await held;
        isAborted = signal.aborted;
        return "late";
      });
      void module.onCall("quick", z.unknown(), () => "in time");
    });
    await using asker = await join(host, "asker");
    const error = await refusal(asker.call("callee", "slow", undefined, { timeoutMs: 50 }));
    expect(error).toMatchObject({
      code: "TIMEOUT",
      retryable: true,
      details: { module: "callee", timeoutMs: 50 },
    });
    expectThreeParts(error.message);
    release();
    expect(await asker.call("callee", "quick")).toBe("in time");
    expect([isAborted, callee.client.context.module_name]).toEqual([true, "callee"]);
  });

  it("ends at once when the callee's connection does, and when the caller gives it up", async () => {
    await using host = await startTestHost();
    const signals: AbortSignal[] = [];
    const never = (module: ModuleIntegration) =>
      void module.onCall("never", z.unknown(), (_params, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      });
    await using callee = await join(host, "callee", never);
    await using asker = await join(host, "asker");
    const abort = new AbortController();
    const given = refusal(asker.call("callee", "never", undefined, { signal: abort.signal }));
    const lost = refusal(asker.call("callee", "never", undefined, { timeoutMs: 60_000 }));
    await eventually("both calls arrived", () => signals.length === 2);
    abort.abort(new Error("given up"));
    expect((await given).message).toBe("given up");
    await callee.close();
    expect(await lost).toMatchObject({ code: "MODULE_UNAVAILABLE", retryable: true });
  });
});

describe("many calls at once", () => {
  it("are each answered with their own answer, in whatever order", async () => {
    await using host = await startTestHost({ ipc: { requests_per_second: 0 } });
    const order: number[] = [];
    const back = (module: ModuleIntegration) =>
      void module.onCall("back", z.number(), async (n) => {
        if (n % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
        order.push(n);
        return -n;
      });
    await using one = await join(host, "one", back);
    await using two = await join(host, "two", back);
    let next = 1;
    // As many at a time as the host leaves open, in both directions.
    const worker = async (from: ModuleIntegration, to: string) => {
      for (let n = next++; n <= 1000; n = next++) expect(await from.call(to, "back", n)).toBe(-n);
    };
    const workers = Array.from({ length: 60 }, () => [worker(one, "two"), worker(two, "one")]);
    await Promise.all(workers.flat());
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });

  it("are served again after a reconnect, which offers the methods anew", async () => {
    await using host = await startIpcHost({ api: { modules: { ...noModules, problemOf: () => undefined } } });
    const open = async (name: string) => {
      const door = await host.open(name, { capabilities });
      const { socketPath, token } = door.endpoint;
      const module = await ModuleIntegration.connect({ ...door.identity, socketPath, token });
      return { door, module };
    };
    const { door, module: callee } = await open("callee");
    const { module: asker } = await open("asker");
    let signal: AbortSignal | undefined;
    void callee.onCall("echo", z.unknown(), (value) => value);
    await callee.onCall("never", z.unknown(), (_params, call) => {
      signal = call.signal;
      return new Promise(() => {});
    });
    const lost = refusal(asker.call("callee", "never", undefined, { timeoutMs: 60_000 }));
    await eventually("the call has arrived", () => signal !== undefined);
    (await door.connections.nth(1)).end.close("the test cuts it");
    expect((await lost).code).toBe("MODULE_UNAVAILABLE");
    await eventually("the handler has heard that nobody waits", () => signal?.aborted === true);
    await door.connections.nth(2);
    await eventually("the methods are offered anew", () =>
      asker.call("callee", "echo", 1).then(
        () => true,
        () => false,
      ),
    );
    for (const module of [asker, callee]) await module.close();
  });

  it("are refused a registration that the host refuses, which is logged and told to whoever waits", async () => {
    await using host = await startTestHost();
    await using module = await ModuleIntegration.connect(await host.door("callee"));
    const registered = module.onCall("echo", z.unknown(), (value) => value);
    expect((await refusal(registered)).code).toBe("PERMISSION_DENIED");
    void module.onCall("other", z.unknown(), (value) => value);
    await module.subscribeEvents([]);
  });
});

describe("calls inside one another", () => {
  /** Each calls the other until somebody says no; answers how deep it went and why it ended. */
  const circle = (peer: string, timeoutMs?: number) => (module: ModuleIntegration) =>
    void module.onCall("spin", z.number(), async (depth): Promise<unknown> => {
      try {
        return await module.call(peer, "spin", depth + 1, timeoutMs === undefined ? {} : { timeoutMs });
      } catch (error) {
        return { depth, code: (error as { code: string }).code };
      }
    });

  it("end at the eighth in a circle of two, and nobody else notices", async () => {
    await using host = await startTestHost();
    await using _ping = await join(host, "ping", circle("pong"));
    await using _pong = await join(host, "pong", circle("ping"));
    await using honest = await join(
      host,
      "honest",
      (module) => void module.onCall("echo", z.unknown(), (value) => value),
    );
    await using asker = await join(host, "asker");
    const spins = Array.from({ length: 6 }, () => asker.call("ping", "spin", 1));
    expect(await asker.call("honest", "echo", "still here")).toBe("still here");
    expect(await honest.nodeApi.discoverModules()).toHaveLength(4);
    for (const end of await Promise.all(spins)) expect(end).toEqual({ depth: 8, code: "CALL_DEPTH" });
  });

  it("end as well when nobody says in whose service he calls", async () => {
    await using host = await startTestHost();
    const raw = (peer: string) => (module: ModuleIntegration) =>
      void module.onCall("spin", z.number(), async (depth): Promise<unknown> => {
        const params = new TextEncoder().encode(String(depth + 1));
        try {
          // Past the SDK's book-keeping.
          const answer = await module.client.request("CallModule", {
            target_module_id: peer,
            method: "spin",
            params,
          });
          return answer;
        } catch (error) {
          return { depth, code: (error as { code: string }).code };
        }
      });
    await using _ping = await join(host, "ping", raw("pong"));
    await using _pong = await join(host, "pong", raw("ping"));
    await using asker = await join(host, "asker");
    expect(await asker.call("ping", "spin", 1)).toEqual({ depth: 8, code: "CALL_DEPTH" });
  });

  it("inherit the deadline: what is inside has no more time than what it is inside of", async () => {
    await using host = await startTestHost();
    const inner: unknown[] = [];
    await using _last = await join(host, "last", (module) => {
      void module.onCall("never", z.unknown(), (_params, { remainingMs }) => {
        inner.push(remainingMs() <= 300);
        return new Promise(() => {});
      });
    });
    await using _middle = await join(host, "middle", (module) => {
      void module.onCall("pass", z.unknown(), async () => {
        const error = await refusal(module.call("last", "never", undefined, { timeoutMs: 60_000 }));
        inner.push(error.code);
        // Nobody waits for it any more: nothing further is begun in its service.
        inner.push((await refusal(module.call("last", "never"))).code);
      });
    });
    await using asker = await join(host, "asker");
    const error = await refusal(asker.call("middle", "pass", undefined, { timeoutMs: 300 }));
    expect(error.code).toBe("TIMEOUT");
    await eventually("the inner call has ended", () => inner.length === 3);
    expect(inner).toEqual([true, "DEADLINE", "DEADLINE"]);
  });

  it("are inside only of a call that the caller itself serves", async () => {
    await using host = await startTestHost();
    await using _callee = await join(
      host,
      "callee",
      (module) => void module.onCall("echo", z.unknown(), (value) => value),
    );
    await using asker = await join(host, "asker");
    const within = (within_call: number) =>
      refusal(asker.nodeApi.callModule("callee", "echo", new Uint8Array(), { within_call }));
    await asker.call("callee", "echo", 1);
    for (const callId of [1, 2, Number.MAX_SAFE_INTEGER]) {
      const error = await within(callId);
      expect(error).toMatchObject({ code: "INVALID_PARAMS", details: { field: "within_call" } });
      expectThreeParts(error.message);
    }
  });

  it("are nobody's once the handler has answered", async () => {
    await using host = await startTestHost();
    let later: Promise<unknown> = Promise.resolve();
    await using _callee = await join(
      host,
      "callee",
      (module) => void module.onCall("echo", z.unknown(), (value) => value),
    );
    await using _starter = await join(host, "starter", (module) => {
      void module.onCall("begin", z.unknown(), () => {
        later = new Promise((resolve) => setTimeout(resolve, 20)).then(() =>
          module.call("callee", "echo", "later"),
        );
      });
    });
    await using asker = await join(host, "asker");
    await asker.call("starter", "begin");
    expect(await later).toBe("later");
  });
});
