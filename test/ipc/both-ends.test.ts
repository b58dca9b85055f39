import { describe, expect, it } from "vitest";
import { monotonicScheduler } from "../../src/clock.js";
import { EngineError, errorCode } from "../../src/errors.js";
import { exampleEvent } from "../../src/events/index.js";
import {
  createMessagePackCodec,
  dialPath,
  HOST_BODY_LIMITS,
  type IncomingRequest,
  ModuleEnd,
  type ModuleEndHandlers,
} from "../../src/ipc/index.js";
import { type OpenModule, startIpcHost } from "../kit/ipc-host.js";
import { Recorder } from "../kit/ipc-recorder.js";

const patient = { timeoutMs: 20_000 };

/** A module's end on the path of a host's end. */
async function dialModule(module: OpenModule, handlers: Partial<ModuleEndHandlers> = {}) {
  const events = new Recorder<{ seq: number; payload: unknown }>("event");
  const closed = new Recorder<{ reason: string; error: EngineError | undefined }>("close");
  const end = new ModuleEnd(
    {
      transport: await dialPath(module.endpoint.socketPath),
      codec: createMessagePackCodec(HOST_BODY_LIMITS),
      scheduler: monotonicScheduler,
      scheduleFlush: setImmediate,
    },
    {
      onDelivery: (delivery) => {
        if (delivery.kind === "event") events.push(delivery.event);
      },
      onInvocation: () => Promise.resolve(null),
      onClosed: (reason, error) => closed.push({ reason, error }),
      ...handlers,
    },
  );
  const shakeHands = (token = module.endpoint.token) =>
    end.handshake(
      { ...module.handshake({ token }) } as unknown as Parameters<ModuleEnd["handshake"]>[0],
      20_000,
    );
  return { end, events, closed, shakeHands };
}

describe("both ends of a connection", () => {
  it("shake hands, deliver, acknowledge and part", async () => {
    await using host = await startIpcHost();
    const module = await host.open("talking");
    const { end, events, closed, shakeHands } = await dialModule(module);
    expect(await shakeHands()).toMatchObject({ protocol: 1, window: 256 });
    expect(await end.request("SubscribeEvents", { event_types: ["NewBlock"] }, patient)).toBeNull();
    const seq = host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    expect(await events.nth(1)).toMatchObject({ seq, payload: exampleEvent("NewBlock") });
    end.acknowledge(seq, { NewBlock: [1, 20, 20] });
    await end.request("GetChainTip", {}, patient);
    expect(host.bus.books.getDeliveryStats("talking")).toMatchObject({ delivered: 1, in_flight: 0 });
    end.close();
    await module.closed.nth(1);
    expect(closed.items).toEqual([{ reason: "this end closed the connection", error: undefined }]);
  });

  it("carry the host's refusal of a handshake as an error with its code", async () => {
    await using host = await startIpcHost();
    const module = await host.open("refused");
    const { shakeHands, closed } = await dialModule(module);
    await expect(shakeHands("f".repeat(64))).rejects.toMatchObject({
      code: "BAD_TOKEN",
      details: { found: "a wrong or used token" },
    });
    await closed.nth(1);
  });

  it("carry refusals of requests as errors with code, details and retryable", async () => {
    await using host = await startIpcHost();
    const module = await host.open("asking", { capabilities: [] });
    const { end, shakeHands } = await dialModule(module);
    await shakeHands();
    const refusal = await end.request("GetChainTip", {}, patient).catch((error) => error);
    expect(refusal).toBeInstanceOf(EngineError);
    expect(refusal).toMatchObject({ code: "PERMISSION_DENIED", retryable: false });
    const limited = Array.from({ length: 150 }, () =>
      end.request("GetChainTip", {}, patient).catch((e) => e),
    );
    const last = (await Promise.all(limited)).at(-1);
    expect(last).toMatchObject({ code: "RATE_LIMITED", retryable: true, details: { limit: 100 } });
  });

  it("match answers to requests that finish in any order", async () => {
    const served = new Recorder<IncomingRequest>("served request");
    await using host = await startIpcHost({ serve: served.push });
    const module = await host.open("asking");
    const { end, shakeHands } = await dialModule(module);
    await shakeHands();
    const asked = Array.from({ length: 50 }, (_, n) => end.request("Probe", { n }, patient));
    await served.nth(50);
    for (const { payload, answer } of served.items.toReversed()) answer(payload);
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, (_, n) => ({ n })));
  });

  it("carry an answer of many megabytes whole", async () => {
    const data = new Uint8Array(20 * 1024 * 1024).map((_, n) => n % 251);
    await using host = await startIpcHost({ serve: (request) => request.answer({ data }) });
    const module = await host.open("large");
    const { end, shakeHands } = await dialModule(module);
    await shakeHands();
    const answer = (await end.request("Probe", {}, patient)) as { data: Uint8Array };
    expect(Buffer.compare(answer.data, data)).toBe(0);
  });

  it("carry invocations to the module and their results back", async () => {
    await using host = await startIpcHost();
    const module = await host.open("serving");
    const { shakeHands } = await dialModule(module, {
      onInvocation: (kind, payload) =>
        kind === "cli" ? Promise.resolve({ kind, payload }) : Promise.reject(new Error("not that")),
    });
    await shakeHands();
    const { end } = await module.connections.nth(1);
    expect(await end.invoke("cli", { args: ["x"] }, 20_000)).toEqual({
      kind: "cli",
      payload: { args: ["x"] },
    });
    expect(await end.invoke("rpc", {}, 20_000).catch(errorCode)).toBe("INTERNAL_ERROR");
  });

  it("tell the module why the host hung up", async () => {
    await using host = await startIpcHost();
    const module = await host.open("blamed");
    const { end, closed, shakeHands } = await dialModule(module);
    await shakeHands();
    const open = end.request("Probe", {}, patient).catch(errorCode);
    end.acknowledge(999, undefined);
    expect((await closed.nth(1)).error).toMatchObject({ code: "PROTOCOL_ERROR" });
    expect(await open).toBe("UNKNOWN_REQUEST");
  });
});
