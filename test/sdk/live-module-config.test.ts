import { describe, expect, it } from "vitest";
import { z } from "zod";
import { redactedConfig } from "../../src/config/redacted-config.js";
import { parseConfig } from "../../src/config.js";
import { type ConfigChange, followConfig, ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost } from "../../src/testing/index.js";
import { recordingLog } from "../kit/process-recording-log.js";

const schema = z.object({
  fees: z.boolean().default(true),
  every: z
    .object({
      seconds: z.number().max(60).default(5),
      password: z.string().optional(),
      url: z.string().optional(),
    })
    .prefault({}),
  api_token: z.string().default("none"),
});
type Config = z.output<typeof schema>;

/** A module "mine" that was started with `flat`; `tell` publishes a node's configuration and waits until it is handled. */
async function follow(flat: Readonly<Record<string, string>>) {
  const log = recordingLog();
  const host = await startTestHost({ log });
  const door = await host.door("mine");
  for (const [key, text] of Object.entries(flat)) process.env[`MODULE_CONFIG_${key.toUpperCase()}`] = text;
  const module = await ModuleIntegration.connect(door).finally(() => {
    for (const key of Object.keys(flat)) delete process.env[`MODULE_CONFIG_${key.toUpperCase()}`];
  });
  const config = followConfig(module, schema);
  const changes: ConfigChange<Config>[] = [];
  config.changes$.subscribe((change) => changes.push(change));
  await module.subscribeEvents(["ConfigLoaded"]);
  const publish = async (changed_sections: string[], config_json?: string) => {
    host.publish("ConfigLoaded", { changed_sections, ...(config_json === undefined ? {} : { config_json }) });
    await host.settled("mine");
  };
  return {
    config,
    changes,
    log,
    module,
    publish,
    tell: (table: object) =>
      publish(
        ["modules.mine"],
        redactedConfig(parseConfig({ modules: { mine: table as Record<string, unknown> } })),
      ),
    async [Symbol.asyncDispose]() {
      await module.close();
      await host.close();
    },
  };
}

describe("followConfig", () => {
  it("reads the start's texts by the schema and takes over each change of the module's table", async () => {
    await using it = await follow({ fees: "false", "every.seconds": "7" });
    expect(it.config.current).toEqual({ fees: false, every: { seconds: 7 }, api_token: "none" });
    await it.tell({ fees: false, every: { seconds: 7 } });
    expect(it.changes).toEqual([]);
    await it.tell({ fees: true, every: { seconds: 9 } });
    expect(it.config.current).toEqual({ fees: true, every: { seconds: 9 }, api_token: "none" });
    expect(it.changes.map(({ changed, before }) => [changed, before.fees])).toEqual([
      [["fees", "every"], false],
    ]);
    expect(it.log.messages()).toContain(
      'configuration changed: fees is now true, every is now {"seconds":9}',
    );
  });

  it("falls back to the default when the node drops a key, and to the start's text when that was not the node's", async () => {
    await using it = await follow({ fees: "false", "every.seconds": "7" });
    await it.tell({ fees: false });
    await it.tell({ every: { seconds: 8 } });
    expect(it.config.current).toMatchObject({ fees: true, every: { seconds: 8 } });
    await it.tell({});
    expect(it.config.current).toMatchObject({ fees: true, every: { seconds: 7 } });
  });

  it("keeps a secret, which no event shows", async () => {
    await using it = await follow({ api_token: "hush", fees: "true" });
    await it.tell({ api_token: "hush", fees: true });
    await it.tell({ api_token: "other", fees: false });
    expect(it.config.current).toMatchObject({ api_token: "hush", fees: false });
    await it.tell({ fees: false });
    expect(it.config.current).toMatchObject({ api_token: "none" });
    expect(JSON.stringify(it.log.lines)).not.toContain("hush");
  });

  it("logs a change of a table without the secrets that lie in it", async () => {
    const url = "https://me:hush@example.org";
    await using it = await follow({ "every.password": "hush", "every.url": url });
    await it.tell({ every: { seconds: 5, password: "hush", url } });
    await it.tell({ every: { seconds: 6, password: "hush", url } });
    expect(it.config.current.every).toEqual({ seconds: 6, password: "hush", url });
    const told = JSON.stringify(it.log.lines);
    expect(told).toContain("every is now");
    expect(told).not.toContain("hush");
  });

  it("keeps what it has when the change does not fit, is not shown, or makes no sense", async () => {
    await using it = await follow({});
    await it.tell({ every: { seconds: 8 } });
    await it.tell({ every: { seconds: 61 } });
    expect(it.log.messages().at(-1)).toMatch(
      /of before stays in force: .*every\.seconds is "61"; allowed: a number/,
    );
    await it.publish(["modules.mine"]);
    expect(it.log.messages().at(-1)).toMatch(/modules\.mine changed and ConfigLoaded does not show it/);
    await it.publish(["http"]);
    await it.publish(["modules.mine"], "{");
    await it.publish(["modules.mine"], '{"config":{"modules":{"mine":{"a":null}}}}');
    await it.publish(["modules.mine"], '{"config":3}');
    expect(it.config.current.every.seconds).toBe(8);
    expect(it.changes).toHaveLength(1);
    await it.tell({ every: { seconds: 9 } });
    expect(it.config.current.every.seconds).toBe(9);
  });

  it("logs what a subscriber throws and tells the others", async () => {
    await using it = await follow({});
    it.config.changes$.subscribe(() => {
      throw new Error("no thanks");
    });
    const others: boolean[] = [];
    it.config.changes$.subscribe(({ config }) => others.push(config.fees));
    await it.tell({ fees: false });
    await it.tell({ fees: true });
    expect(others).toEqual([false, true]);
    expect(it.log.messages()).toContain("a subscriber of the configuration failed");
  });

  it("completes when the module's connection is closed", async () => {
    await using it = await follow({});
    const ended = new Promise<void>((resolve) => it.config.changes$.subscribe({ complete: resolve }));
    await it.module.close();
    await ended;
  });
});
