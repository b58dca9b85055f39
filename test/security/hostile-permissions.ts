import { expect } from "vitest";
import { noModules } from "../../src/node-api/index.js";
import { requestDefinition, requestNames } from "../../src/requests/index.js";
import { SCRIPTED_TIP } from "../kit/ipc-host.js";
import { requestExamples } from "../kit/request-examples.js";
import { type HostileRow, row } from "./hostile-row.js";
import { playScene } from "./scene.js";

const FIRST_ID = 10;

const gated = requestNames.filter((name) => requestDefinition(name).permission !== undefined);

const withoutPermission = row("H21", "every request that needs a permission, without any", (door) => {
  const touched: PropertyKey[] = [];
  const touchy = <Value extends object>(value: Value): Value =>
    new Proxy(value, {
      get(target, key) {
        touched.push(key);
        return Reflect.get(target, key) as unknown;
      },
    });
  const api = {
    chain: { name: "touchy", tip: () => SCRIPTED_TIP, chainInfo: () => undefined, queries: touchy({}) },
    modules: touchy(noModules),
    dataDirOf(name: string) {
      if (name === "hostile") touched.push("data_dir");
      return undefined;
    },
  };
  return playScene(door, { api }, async (scene) => {
    const module = await scene.open({ capabilities: [], ipc: { requests_per_second: 0 } });
    const client = await scene.greet(module);
    const seqBefore = scene.host.bus.lastSeq;
    touched.splice(0);
    for (const [n, name] of gated.entries()) {
      client.request(FIRST_ID + n, name, requestExamples[name]);
      const refusal = await client.refusal(FIRST_ID + n);
      expect(refusal, name).toMatchObject({ code: "PERMISSION_DENIED", retryable: false });
      expect(refusal.message).toContain(requestDefinition(name).permission);
    }
    expect(touched).toEqual([]);
    expect(scene.host.bus.lastSeq).toBe(seqBefore);
    expect(scene.host.bus.getSubscribers("NewBlock")).toEqual(["honest"]);
    client.request(1000, "AuditLog", { limit: 1000 });
    const [own, ...entries] = (await client.answer(1000)) as readonly Record<string, unknown>[];
    expect(own).toMatchObject({ request: "AuditLog", allowed: true });
    expect(entries.map(({ request, allowed, capability }) => ({ request, allowed, capability }))).toEqual(
      gated.toReversed().map((request) => ({
        request,
        allowed: false,
        capability: requestDefinition(request).permission,
      })),
    );
    expect(module.closed.items).toEqual([]);
  });
});

/** Whatever a module asks without being allowed to. */
export const permissionRows: readonly HostileRow[] = [withoutPermission];
