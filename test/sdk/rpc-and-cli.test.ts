import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost, type TestHost } from "../../src/testing/index.js";
import { until } from "../kit/host-until.js";

const mayOffer = { capabilities: ["register_rpc_endpoint", "subscribe_events"] } as const;

async function connect(host: TestHost, name = "my-module", rpcOverrides: readonly string[] = []) {
  return ModuleIntegration.connect(await host.door(name, { ...mayOffer, rpcOverrides }));
}

describe("onRpc", () => {
  it("answers calls by name and by position with what the handler returns", async () => {
    await using host = await startTestHost();
    await using module = await connect(host);
    const schema = z.strictObject({ to: z.string(), times: z.int().default(1) }).describe("greets");
    await module.onRpc("my_module_greet", schema, ({ to, times }, { signal, remainingMs }) => ({
      text: `hello ${to}`.repeat(times),
      bytes: Uint8Array.of(1, 255),
      total: 2n ** 70n,
      isEarly: !signal.aborted && remainingMs() > 20_000,
    }));
    const answer = { text: "hello you", bytes: "01ff", total: String(2n ** 70n), isEarly: true };
    expect(await host.callRpc("my_module_greet", { to: "you" })).toEqual(answer);
    expect(await host.callRpc("my_module_greet", ["you", 1])).toEqual(answer);
  });

  it("refuses parameters that don't fit, with the path, before the handler sees them", async () => {
    await using host = await startTestHost();
    await using module = await connect(host);
    let calls = 0;
    const schema = z.strictObject({ list: z.array(z.object({ n: z.int() })) });
    await module.onRpc("my_module_sum", schema, () => calls++);
    for (const [params, field] of [
      [{ list: [{ n: 1 }, { n: "x" }] }, "params.list.1.n"],
      [undefined, "params.list"],
      [[[], 1], "params"],
      [{ list: [], more: 1 }, "params"],
    ] as const) {
      await expect(host.callRpc("my_module_sum", params)).rejects.toMatchObject({
        code: "MODULE_REFUSED",
        details: { error: { code: "INVALID_PARAMS", details: { field } } },
      });
    }
    expect(calls).toBe(0);
  });

  it("passes the handler's own codes on, and calls everything else a failed handler", async () => {
    await using host = await startTestHost();
    await using module = await connect(host);
    const errors: Record<string, unknown> = {
      coded: Object.assign(new Error("none left"), {
        code: "NO_INVOICE",
        details: { n: 1 },
        retryable: true,
      }),
      plain: new TypeError("oops"),
      system: Object.assign(new Error("open failed"), { code: "ENOENT", syscall: "open", errno: -2 }),
      text: "thrown text",
    };
    await module.onRpc("my_module_fail", z.tuple([z.string()]), ([which]) => {
      throw errors[which];
    });
    const told = (which: string) =>
      host
        .callRpc("my_module_fail", [which])
        .catch((error: { details: { error: object } }) => error.details.error);
    expect(await told("coded")).toEqual({
      code: "NO_INVOICE",
      message: "none left",
      details: { n: 1 },
      retryable: true,
    });
    for (const which of ["plain", "system", "text"]) {
      expect(await told(which)).toMatchObject({ code: "HANDLER_FAILED", retryable: false });
    }
  });

  it("fails over a result that has no form on the wire, and says what it holds", async () => {
    await using host = await startTestHost();
    await using module = await connect(host);
    const deep = Array.from({ length: 30 }).reduce<unknown>((inner) => [inner], 1);
    const results: readonly unknown[] = [new Date(0), new Map(), () => 1, deep];
    await module.onRpc("my_module_give", z.tuple([z.int()]), ([n]) => ({ list: [results[n]] }));
    const found = ["an object of Date", "an object of Map", "a function", "a value of more than 24 levels"];
    for (const [n, text] of found.entries()) {
      await expect(host.callRpc("my_module_give", [n])).rejects.toMatchObject({
        code: "MODULE_REFUSED",
        details: { error: { code: "HANDLER_FAILED", message: expect.stringContaining(text) } },
      });
    }
  });

  it("keeps the first handler of a name, and none of a name that the host refused", async () => {
    await using host = await startTestHost();
    await using module = await connect(host);
    await module.onRpc("my_module_a", z.unknown(), () => "first");
    await expect(module.onRpc("my_module_a", z.unknown(), () => "second")).rejects.toMatchObject({
      code: "NAME_TAKEN",
    });
    expect(await host.callRpc("my_module_a")).toBe("first");
    await expect(module.onRpc("other_a", z.unknown(), () => "x")).rejects.toMatchObject({ code: "BAD_NAME" });
    await expect(host.callRpc("other_a")).rejects.toMatchObject({ code: "NOT_OFFERED" });
    await expect(module.onRpc("analyzepsbt", z.unknown(), () => "x")).rejects.toMatchObject({
      code: "NOT_DECLARED",
    });
  });

  it("overrides a method of the node that the manifest lists", async () => {
    await using host = await startTestHost();
    await using module = await connect(host, "my-module", ["analyzepsbt"]);
    await module.onRpc("analyzepsbt", z.tuple([z.string()]), ([psbt]) => ({ length: psbt.length }));
    expect(await host.callRpc("analyzepsbt", ["cHNidP8="])).toEqual({ length: 8 });
  });

  it("needs its permission", async () => {
    await using host = await startTestHost();
    await using module = await ModuleIntegration.connect(await host.door("my-module"));
    await expect(module.onRpc("my_module_a", z.unknown(), () => 1)).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
    });
  });
});

describe("onCli", () => {
  const spec = {
    name: "my-module",
    about: "does things",
    subcommands: [
      {
        name: "pay",
        args: [
          { name: "to", required: true },
          { name: "amount", long_name: "sat", short_name: "s", default: "1" },
          { name: "dry", takes_value: false },
        ],
      },
      { name: "quiet", args: [] },
    ],
  };

  it("gives handlers their arguments by name and prints what they return", async () => {
    await using host = await startTestHost();
    await using module = await connect(host);
    await module.onCli(spec, {
      pay: (args) => ({ stdout: JSON.stringify(args), stderr: "careful", exitCode: 3 }),
      quiet: () => "done",
    });
    const pay = async (...words: string[]) =>
      JSON.parse((await host.runCli("my-module", "pay", words)).stdout);
    expect(await pay("--to", "me")).toEqual({ to: "me", amount: "1", dry: false });
    expect(await pay("--sat=-5", "--dry", "--to=a=b")).toEqual({ to: "a=b", amount: "-5", dry: true });
    expect(await pay("you", "-s", "--7")).toEqual({ to: "you", amount: "--7", dry: false });
    expect(await pay("--", "--odd", "-2")).toEqual({ to: "--odd", amount: "-2", dry: false });
    expect(await host.runCli("my_module".replace("_", "-"), "quiet")).toEqual({
      stdout: "done\n",
      stderr: "",
      exit_code: 0,
    });
    expect(await host.runCli("my-module", "pay", ["x"])).toMatchObject({ stderr: "careful", exit_code: 3 });
    for (const words of [[], ["--to"], ["--too", "x"], ["a", "b", "c"], ["a", "--dry=1"]]) {
      await expect(host.runCli("my-module", "pay", words), words.join(" ")).rejects.toMatchObject({
        details: { error: { code: "INVALID_PARAMS" } },
      });
    }
  });

  it("wants a handler for each subcommand and nothing beside them", async () => {
    await using host = await startTestHost();
    await using module = await connect(host);
    await expect(module.onCli(spec, { pay: () => "" })).rejects.toThrow("quiet");
    await expect(module.onCli(spec, { pay: () => "", quiet: () => "", more: () => "" })).rejects.toThrow(
      "more",
    );
    await expect(host.runCli("my-module", "pay")).rejects.toMatchObject({ code: "CLI_NOT_OFFERED" });
  });
});

describe("a lost connection", () => {
  it("takes methods and commands away, and the client brings them back with the next one", async () => {
    await using host = await startTestHost();
    await using module = await connect(host);
    await module.onRpc("my_module_a", z.unknown(), () => "answered");
    await module.onCli({ name: "my-module", subcommands: [{ name: "run", args: [] }] }, { run: () => "ran" });
    let returns = 0;
    module.client.reconnected$.subscribe(() => returns++);
    host.disconnect("my-module");
    await until("the method is gone", () =>
      host.callRpc("my_module_a").then(
        () => false,
        (error: { code: string }) => error.code === "NOT_OFFERED",
      ),
    );
    await until("the command is back", () =>
      host.runCli("my-module", "run").then(
        ({ stdout }) => stdout === "ran\n",
        () => false,
      ),
    );
    expect(await host.callRpc("my_module_a")).toBe("answered");
    expect(returns).toBe(1);
  });

  it("brings back more than the node takes requests in a second, and the subscription behind them", async () => {
    await using host = await startTestHost({ ipc: { requests_per_second: 5 } });
    await using module = await connect(host);
    const names = ["a", "b", "c"].map((name) => `my_module_${name}`);
    for (const name of names) await module.onRpc(name, z.unknown(), () => "answered");
    await module.onCli({ name: "my-module", subcommands: [{ name: "run", args: [] }] }, { run: () => "ran" });
    const seen: unknown[] = [];
    module.on("NewBlock", ({ payload }) => void seen.push(payload.height));
    await module.subscribeEvents(["NewBlock"]);
    // What the module asks of its own takes part of the same second.
    module.client.reconnected$.subscribe(() => {
      for (let n = 0; n < 3; n++) void module.nodeApi.auditLog(1).catch(() => {});
    });
    host.disconnect("my-module");
    const block = { block_hash: "00".repeat(32), height: 7 };
    await until("an event comes again", () => {
      host.publish("NewBlock", block);
      return seen.length > 0;
    });
    for (const name of names) expect(await host.callRpc(name)).toBe("answered");
    expect(await host.runCli("my-module", "run")).toMatchObject({ stdout: "ran\n" });
  });
});
