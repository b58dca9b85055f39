import { describe, expect, it } from "vitest";
import { AuditLog, type Decision } from "../../src/node-api/audit/audit-log.js";
import { bareDependencies, createNodeApi, type NodeApi } from "../../src/node-api/index.js";
import type { AuditEntry } from "../../src/requests/index.js";
import { startIpcHost } from "../kit/ipc-host.js";
import { ask } from "./start-api.js";

function startLog() {
  let nowMs = 0;
  const log = new AuditLog(() => ++nowMs);
  const record = (moduleName: string, changes: Partial<Decision> = {}) =>
    log.record({
      moduleName,
      moduleId: `${moduleName}_1`,
      request: "GetBlock",
      capability: "read_blockchain",
      isAllowed: true,
      ...changes,
    });
  return { log, record };
}

const requestsOf = (entries: readonly AuditEntry[]) => entries.map(({ request }) => request);

describe("AuditLog", () => {
  it("keeps what was allowed and what was denied, with time, module and capability", () => {
    const { log, record } = startLog();
    record("a");
    record("a", { request: "SubmitBlock", capability: "submit_block", isAllowed: false });
    record("a", { request: "AuditLog", capability: undefined });
    expect(log.entries(10, "a")).toEqual([
      { timestamp_ms: 3, module_id: "a_1", request: "AuditLog", allowed: true },
      {
        timestamp_ms: 2,
        module_id: "a_1",
        request: "SubmitBlock",
        allowed: false,
        capability: "submit_block",
      },
      {
        timestamp_ms: 1,
        module_id: "a_1",
        request: "GetBlock",
        allowed: true,
        capability: "read_blockchain",
      },
    ]);
  });

  it("answers the newest first, of one module or of all, and no more than asked", () => {
    const { log, record } = startLog();
    for (const [n, name] of ["a", "b", "a", "c", "a"].entries()) record(name, { request: `R${n}` });
    expect(requestsOf(log.entries(2, "a"))).toEqual(["R4", "R2"]);
    expect(requestsOf(log.entries(4))).toEqual(["R4", "R3", "R2", "R1"]);
    expect(log.entries(10, "stranger")).toEqual([]);
    expect(log.moduleNames.toSorted()).toEqual(["a", "b", "c"]);
  });

  it("keeps the last 1000 of a module", () => {
    const { log, record } = startLog();
    for (let n = 1; n <= 2500; n++) record("a", { request: `R${n}` });
    const kept = requestsOf(log.entries(5000, "a"));
    expect(kept).toEqual(Array.from({ length: 1000 }, (_, n) => `R${2500 - n}`));
    expect(log.entries(5000)).toHaveLength(1000);
  });

  it("lets no module push out what another did", () => {
    const { log, record } = startLog();
    record("quiet", { isAllowed: false });
    for (let n = 0; n < 5000; n++) record("loud");
    expect(log.entries(10, "quiet")).toMatchObject([{ allowed: false, module_id: "quiet_1" }]);
  });

  it("remembers 256 modules and forgets the one that was silent for longest", () => {
    const { log, record } = startLog();
    for (let n = 0; n < 256; n++) record(`m${n}`);
    record("m0");
    record("one-more");
    expect(log.moduleNames).toHaveLength(256);
    expect(log.entries(10, "m1")).toEqual([]);
    expect(log.usesOf("m1").size).toBe(0);
    expect(log.entries(10, "m0")).toHaveLength(2);
    expect(log.entries(10, "one-more")).toHaveLength(1);
  });

  it("counts by capability for as long as the module is remembered", () => {
    const { log, record } = startLog();
    for (let n = 0; n < 1500; n++) record("a");
    for (let n = 0; n < 3; n++) record("a", { capability: "submit_block", isAllowed: false });
    record("a", { capability: undefined });
    expect(Object.fromEntries(log.usesOf("a"))).toEqual({
      read_blockchain: { allowed: 1500, denied: 0 },
      submit_block: { allowed: 0, denied: 3 },
    });
    expect(log.usesOf("stranger").size).toBe(0);
  });
});

describe("the gate and its audit log", () => {
  const startApi = () => createNodeApi(bareDependencies({ publish: () => 1 }));
  const asked = (api: NodeApi, name: string, type: string, payload: unknown = {}) =>
    ask(type, payload, {
      api,
      capabilities: ["read_chain_state"],
      caller: { moduleName: name, moduleId: `${name}_1` },
    });

  it("records a request before its parameters are looked at, and none of a name that doesn't exist", () => {
    const api = startApi();
    asked(api, "a", "GetChainTip", "nonsense");
    asked(api, "a", "DiscoverModules", "nonsense");
    asked(api, "a", "NoSuchRequest");
    expect(api.services.audit.entries(10, "a")).toMatchObject([
      { request: "DiscoverModules", allowed: false, capability: "discover_modules" },
      { request: "GetChainTip", allowed: true, capability: "read_chain_state" },
    ]);
  });

  it("tells a module of its own requests only", () => {
    const api = startApi();
    for (const name of ["a", "b", "b"]) asked(api, name, "GetChainTip");
    const [entries] = asked(api, "a", "AuditLog", { limit: 1000 }).answers as [AuditEntry[]];
    expect(entries.map(({ module_id, request }) => `${module_id} ${request}`)).toEqual([
      "a_1 AuditLog",
      "a_1 GetChainTip",
    ]);
    expect(asked(api, "stranger", "AuditLog", { limit: 1 }).answers).toMatchObject([
      [{ module_id: "stranger_1", request: "AuditLog" }],
    ]);
  });

  it("comes after the limit of the rate, which a denied request uses up as any other", async () => {
    await using host = await startIpcHost();
    const module = await host.open("asking", { capabilities: [], ipc: { requests_per_second: 5 } });
    const client = await module.connect();
    for (let id = 10; id < 16; id++) client.request(id, "GetChainTip");
    const codes = [];
    for (let id = 10; id < 16; id++) codes.push((await client.refusal(id)).code);
    expect(codes).toEqual([...Array.from({ length: 5 }, () => "PERMISSION_DENIED"), "RATE_LIMITED"]);
    expect(host.refused.items).toEqual([{ type: "GetChainTip", code: "RATE_LIMITED" }]);
  });
});
