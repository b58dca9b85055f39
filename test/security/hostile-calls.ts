import { expect } from "vitest";
import { defaultCapabilities } from "../../src/manifest/index.js";
import { noModules } from "../../src/node-api/index.js";
import { Recorder } from "../kit/ipc-recorder.js";
import type { WireClient, WireMessage } from "../kit/ipc-wire-client.js";
import { type HostileRow, row } from "./hostile-row.js";
import { playScene, type Scene } from "./scene.js";

const mayCall = {
  capabilities: [...defaultCapabilities, "call_module" as const, "register_module_api" as const],
};
const params = Uint8Array.of(1);

/** All modules of the scene run and are well, but for those that are named. */
function api(problems: Readonly<Record<string, string>> = {}) {
  return { api: { modules: { ...noModules, problemOf: (name: string) => problems[name] } } };
}

interface ModuleApiCall {
  readonly id: number;
  readonly call_id: number;
  readonly caller_module_id: string;
  readonly deadline_ms: number;
}

/** Calls what `serve` says for each `module_api` invocation that a client is sent. */
function serveCalls(client: WireClient, serve: (call: ModuleApiCall) => void): void {
  client.onMessage = ([kind, id, what, payload]: WireMessage) => {
    if (kind === 4 && what === "module_api") serve({ ...(payload as ModuleApiCall), id: id as number });
  };
}

/** The hostile module and a second one that is as bad, both offering `spin`. */
async function pair(scene: Scene): Promise<readonly [WireClient, WireClient, string]> {
  const module = await scene.open(mayCall);
  const hostile = await scene.greet(module);
  const accomplice = await (await scene.host.open("accomplice", mayCall)).connect();
  for (const client of [hostile, accomplice]) {
    client.request(2, "RegisterModuleApi", { methods: ["spin"], api_version: 1 });
    await client.answer(2);
  }
  return [hostile, accomplice, module.identity.moduleId];
}

function circle(input: string, namesCall: boolean): HostileRow {
  return row("H26", input, (door) =>
    playScene(door, api(), async (scene) => {
      const [hostile, accomplice] = await pair(scene);
      const sides = [
        { client: hostile, peer: "accomplice" },
        { client: accomplice, peer: "hostile" },
      ];
      let invocations = 0;
      for (const { client, peer } of sides) {
        serveCalls(client, ({ call_id, id }) => {
          invocations++;
          // It answers its caller only once the peer has answered it.
          client.request(1000 + id, "CallModule", {
            target_module_id: peer,
            method: "spin",
            params,
            timeout_ms: 60_000,
            ...(namesCall ? { within_call: call_id } : {}),
          });
        });
      }
      hostile.request(5, "CallModule", {
        target_module_id: "accomplice",
        method: "spin",
        params,
        timeout_ms: 300,
      });
      expect(await hostile.refusal(5)).toMatchObject({ code: "TIMEOUT", retryable: true });
      const refusals = [...hostile.refusals, ...accomplice.refusals];
      expect(refusals.filter(({ code }) => code === "CALL_DEPTH")).toMatchObject([
        { details: { depth: 9, limit: 8 } },
      ]);
      expect(invocations).toBe(8);
    }),
  );
}

const lying = row("H26", "two modules that call each other and deny it each time", (door) =>
  playScene(door, api(), async (scene) => {
    const [hostile, accomplice] = await pair(scene);
    const refused = new Recorder<unknown>("refused call");
    let invocations = 0;
    for (const [client, target_module_id] of [
      [hostile, "accomplice"],
      [accomplice, "hostile"],
    ] as const) {
      const spin = { target_module_id, method: "spin", params, timeout_ms: 60_000, within_call: 0 };
      client.onMessage = ([kind, id, what, error]) => {
        if (kind === 1 && what === false) refused.push((error as { code: string }).code);
        if (kind !== 4) return;
        invocations++;
        client.request(1000 + (id as number), "CallModule", spin);
      };
    }
    hostile.request(5, "CallModule", { target_module_id: "accomplice", method: "spin", params });
    expect(await refused.nth(1)).toMatch(/^(LIMIT|TOO_MANY_REQUESTS|RATE_LIMITED)$/);
    expect(invocations).toBeLessThanOrEqual(128);
  }),
);

const inherited = row("H26", "a call inside of another that asks for more time than is left", (door) =>
  playScene(door, api(), async (scene) => {
    const [hostile, accomplice] = await pair(scene);
    const granted: number[] = [];
    serveCalls(accomplice, ({ call_id, deadline_ms }) => {
      granted.push(deadline_ms);
      const call = { target_module_id: "hostile", method: "spin", params, timeout_ms: 60_000 };
      accomplice.request(6, "CallModule", { ...call, within_call: call_id });
    });
    serveCalls(hostile, ({ deadline_ms }) => granted.push(deadline_ms));
    hostile.request(5, "CallModule", {
      target_module_id: "accomplice",
      method: "spin",
      params,
      timeout_ms: 150,
    });
    expect((await accomplice.refusal(6)).code).toBe("DEADLINE");
    expect((await hostile.refusal(5)).code).toBe("TIMEOUT");
    expect(granted).toHaveLength(2);
    for (const deadlineMs of granted) expect(deadlineMs).toBeLessThanOrEqual(150);
    const foreign = { target_module_id: "hostile", method: "spin", params, within_call: 1 };
    accomplice.request(7, "CallModule", foreign);
    expect(await accomplice.refusal(7)).toMatchObject({
      code: "INVALID_PARAMS",
      details: { field: "within_call" },
    });
  }),
);

const unavailable = row("H27", "calls of a dead, a stopping, a missing module and of itself", (door) =>
  playScene(door, api({ dying: "it is stopping", missing: "it is not loaded" }), async (scene) => {
    const [hostile, accomplice, ownId] = await pair(scene);
    const own = await scene.host.open("dead", mayCall);
    const dead = await own.connect();
    dead.request(2, "RegisterModuleApi", { methods: ["spin"], api_version: 1 });
    await dead.answer(2);
    dead.socket.destroy();
    await own.closed.nth(1);
    const startMs = performance.now();
    let id = 10;
    for (const target_module_id of ["dying", "missing", "hostile", ownId, `dead_${"0".repeat(32)}`]) {
      hostile.request(++id, "CallModule", { target_module_id, method: "spin", params });
      expect((await hostile.refusal(id)).code, target_module_id).toBe("MODULE_UNAVAILABLE");
    }
    // Its methods went with its connection.
    hostile.request(++id, "CallModule", { target_module_id: "dead", method: "spin", params });
    expect((await hostile.refusal(id)).code).toBe("UNKNOWN_METHOD");
    expect(performance.now() - startMs).toBeLessThan(2000);
    // One that dies with a call in its hands.
    serveCalls(accomplice, () => accomplice.socket.destroy());
    hostile.request(++id, "CallModule", {
      target_module_id: "accomplice",
      method: "spin",
      params,
      timeout_ms: 60_000,
    });
    expect((await hostile.refusal(id)).code).toBe("MODULE_UNAVAILABLE");
  }),
);

const silent = row("H28", "a callee that answers after the time is up", (door) =>
  playScene(door, api(), async (scene) => {
    const [hostile, accomplice] = await pair(scene);
    const open: number[] = [];
    serveCalls(hostile, ({ id }) => open.push(id));
    accomplice.request(5, "CallModule", {
      target_module_id: "hostile",
      method: "spin",
      params,
      timeout_ms: 50,
    });
    expect(await accomplice.refusal(5)).toMatchObject({ code: "TIMEOUT", retryable: true });
    hostile.send(5, open[0], true, Uint8Array.of(2));
    // What comes late is nobody's: no answer, no fault.
    hostile.request(6, "GetBlockHeight");
    await hostile.answer(6);
    expect(hostile.refusals).toEqual([]);
    expect(accomplice.unread.filter(([kind]) => kind === 1)).toEqual([]);
  }),
);

const noBytes = row("H28", "a callee whose answer is no bytes", (door) =>
  playScene(door, api(), async (scene) => {
    const [hostile, accomplice] = await pair(scene);
    const answers = [null, { deep: 1 }, "text", [1], 5];
    serveCalls(hostile, ({ id }) => hostile.send(5, id, true, answers[id - 1]));
    for (const [n] of answers.entries()) {
      accomplice.request(10 + n, "CallModule", { target_module_id: "hostile", method: "spin", params });
      expect((await accomplice.refusal(10 + n)).code).toBe("BAD_ANSWER");
    }
  }),
);

const hoarder = row("H28", "more calls than a callee may have open, none of them answered", (door) =>
  playScene(door, api(), async (scene) => {
    const module = await scene.open({ ...mayCall, ipc: { open_requests: 1000, requests_per_second: 0 } });
    const hostile = await scene.greet(module);
    const callee = await (await scene.host.open("callee", mayCall)).connect();
    callee.request(2, "RegisterModuleApi", { methods: ["spin"], api_version: 1 });
    await callee.answer(2);
    const other = await (await scene.host.open("other", mayCall)).connect();
    let served = 0;
    serveCalls(callee, ({ id, caller_module_id }) => {
      served++;
      if (caller_module_id.startsWith("other_")) callee.send(5, id, true, params);
    });
    const call = { target_module_id: "callee", method: "spin", params, timeout_ms: 60_000 };
    for (let id = 10; id < 110; id++) hostile.request(id, "CallModule", call);
    for (let n = 64; n < 100; n++) {
      expect(await hostile.refusal(10 + n)).toMatchObject({
        code: "LIMIT",
        retryable: true,
        details: { limit: 64 },
      });
    }
    // Whoever else calls is served.
    other.request(5, "CallModule", call);
    expect([...((await other.answer(5)) as Uint8Array)]).toEqual([...params]);
    expect(served).toBe(65);
  }),
);

const unread = row("H28", "a callee that reads nothing, called with a MiB at a time", (door) =>
  playScene(door, api(), async (scene) => {
    const module = await scene.open(mayCall);
    const hostile = await scene.greet(module);
    hostile.socket.pause();
    const { end } = await module.connections.nth(1);
    const call = { params: new Uint8Array(1024 * 1024) };
    const codes = new Set<unknown>();
    // Each gives up at once; what was sent for it stays, as long as nobody reads it.
    for (let n = 0; n < 40 && !codes.has("LIMIT"); n++) {
      const ended = end.invoke("module_api", call, 1).catch((error: { code: string }) => error.code);
      codes.add(await ended);
    }
    expect(codes).toEqual(new Set(["DEADLINE", "LIMIT"]));
    hostile.socket.resume();
    hostile.request(6, "GetBlockHeight");
    await hostile.answer(6);
  }),
);

/** Modules that call each other in bad faith. */
export const callRows: readonly HostileRow[] = [
  circle("two modules that call each other for ever", true),
  circle("two modules that call each other for ever and never say so", false),
  lying,
  inherited,
  unavailable,
  silent,
  noBytes,
  hoarder,
  unread,
];
