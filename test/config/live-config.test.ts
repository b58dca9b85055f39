import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Config, LiveConfig, loadConfig, parseConfig } from "../../src/config.js";
import type { EventPayload } from "../../src/events/index.js";
import { until } from "../kit/host-until.js";
import { recordingLog } from "../kit/process-recording-log.js";
import { tempDir } from "../kit/process-temp-dir.js";

const sections = [
  "chain",
  "devnet",
  "bitcoin_core",
  "recording",
  "http",
  "modules",
  "streams",
  "sandbox",
  "delivery",
  "ipc",
  "log",
];

/** A configuration that lives in a file of a temporary folder, and everything that it tells. */
async function living(
  toml: string,
  onChange: (config: Config, changed: readonly string[]) => void = () => {},
) {
  const dir = await tempDir();
  const file = join(dir.path, "etc", "blvm-streams.toml");
  await mkdir(dirname(file));
  await writeFile(file, toml);
  const log = recordingLog();
  const published: EventPayload<"ConfigLoaded">[] = [];
  const heard: (readonly string[])[] = [];
  const config = await loadConfig({ file, cwd: dir.path, env: { BLVM_STREAMS_IPC_OPEN_REQUESTS: "5" } });
  const live = new LiveConfig(
    {
      publish: (_type, payload) => published.push(payload),
      onChange: (next, changed) => {
        heard.push(changed);
        onChange(next, changed);
      },
      log,
    },
    config,
  );
  await live.start();
  const complaints = () =>
    log.lines.filter(({ fields }) => "code" in fields && fields.code === "CONFIG_INVALID");
  return {
    file,
    live,
    log,
    published,
    heard,
    complaints,
    save: (text: string) => writeFile(file, text),
    port: (port: number) => until(`port ${port} is in force`, () => live.current.http.port === port),
    complained: (count: number) => until(`${count} complaints`, () => complaints().length === count),
    async [Symbol.asyncDispose]() {
      await live.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

describe("LiveConfig", () => {
  it("publishes every section at start, then the sections that a change touched", async () => {
    await using it = await living('[modules.web]\nurl = "https://u:hush@x"\n');
    expect(it.published.map(({ changed_sections }) => changed_sections)).toEqual([
      [...sections, "modules.web"],
    ]);
    await it.save("[http]\nport = 1\n[modules.web]\nlevel = 2\n");
    await it.port(1);
    expect(it.published.at(-1)?.changed_sections).toEqual(["http", "modules.web"]);
    expect(it.heard).toEqual([["http", "modules.web"]]);
    expect(JSON.parse(it.published.at(-1)?.config_json ?? "")).toMatchObject({
      config: { http: { port: 1 }, modules: { web: { level: 2 } } },
    });
    expect(JSON.stringify(it.published)).not.toContain("hush");
    expect(it.live.current.ipc.open_requests).toBe(5);
    expect(it.log.messages()).toContain(
      "the configuration changed: http, modules.web; in force at the host's next start: http",
    );
  });

  it("counts what came of each reading after the first", async () => {
    await using it = await living("[http]\nport = 1\n");
    const before = it.live.reloads;
    expect(before).toMatchObject({ applied: 0, unchanged: 0, failed: 0 });
    expect(Math.abs(Date.now() - before.lastSuccessAtMs)).toBeLessThan(60_000);
    await it.save("[http]\nport = 2\n");
    await it.port(2);
    expect(it.live.reloads).toMatchObject({ applied: 1, failed: 0 });
    const { lastSuccessAtMs } = it.live.reloads;
    expect(lastSuccessAtMs).toBeGreaterThanOrEqual(before.lastSuccessAtMs);
    await it.save("[http]\nport = ");
    await it.complained(1);
    expect(it.live.reloads).toEqual({ applied: 1, unchanged: 0, failed: 1, lastSuccessAtMs });
    await it.save("[http]\nport = 2\n");
    await until("the same again is counted", () => it.live.reloads.unchanged === 1);
  });

  it("H81: keeps the old configuration while the file is broken, and says once where and why", async () => {
    await using it = await living("[http]\nport = 1\n");
    await it.save("[http]\nport = 2\nport 3");
    await it.complained(1);
    await it.save('# again\n[http]\nport = "many"\n');
    await it.complained(2);
    expect(it.complaints().map(({ message, fields }) => [message, fields.cause])).toEqual([
      [
        expect.stringMatching(/stays in force: .*blvm-streams\.toml:3: .*: correct the line$/),
        "CONFIG_SYNTAX",
      ],
      [
        expect.stringMatching(
          /blvm-streams\.toml:3: http\.port is "many"; allowed: an integer from 0 to 65535; /,
        ),
        "CONFIG_BAD_VALUE",
      ],
    ]);
    // Written anew with the same fault, it has nothing new to say.
    await it.save('# again\n[http]\nport = "many"\n');
    await it.save("[http]\nport = 1\n");
    await until("it is in order again", () =>
      it.log.messages().includes("the configuration is in order again, unchanged"),
    );
    await it.save('# again\n[http]\nport = "many"\n');
    await it.complained(3);
    expect(it.live.current.http.port).toBe(1);
    expect(it.published).toHaveLength(1);
    await it.save("[http]\nport = 4\n");
    await it.port(4);
  });

  it("keeps the old configuration while the file is gone, and takes the one that comes back", async () => {
    await using it = await living("[http]\nport = 1\n");
    await rm(it.file);
    await it.complained(1);
    expect(it.complaints()[0]).toMatchObject({ fields: { cause: "CONFIG_UNREADABLE" } });
    await it.save("[http]\nport = 2\n");
    await it.port(2);
    await rm(dirname(it.file), { recursive: true });
    await it.complained(2);
    await mkdir(dirname(it.file));
    await it.save("[http]\nport = 3\n");
    await it.port(3);
    expect(it.published).toHaveLength(3);
  });

  it("takes a file that was renamed over the old one", async () => {
    await using it = await living("[http]\nport = 1\n");
    for (const port of [2, 3]) {
      await writeFile(`${it.file}.swp`, `[http]\nport = ${port}\n`);
      await rename(`${it.file}.swp`, it.file);
      await it.port(port);
    }
  });

  it("takes an empty file for what it is: every key has its default", async () => {
    await using it = await living("[http]\nport = 1\n[modules.web]\nlevel = 1\n");
    await it.save("");
    await it.port(9332);
    expect(it.live.current.moduleSettings.size).toBe(0);
    expect(it.published.at(-1)?.changed_sections).toEqual(["http", "modules.web"]);
  });

  it("does nothing when the content says the same as before", async () => {
    await using it = await living("[http]\nport = 1\n");
    await it.save("# a comment\n[http]\nport = 1 # the same\n");
    await it.save("[http]\nport=1\n[log]\nlevel = 'info'\n");
    await it.save("[http]\nport = 2\n");
    await it.port(2);
    expect(it.published.map(({ changed_sections }) => changed_sections)).toEqual([sections, ["http"]]);
  });

  it("ends with the last of a hundred quick rewrites, half of them cut off in the middle", async () => {
    await using it = await living("[http]\nport = 1\n");
    for (let n = 1; n <= 100; n++) {
      const text = `[http]\nport = ${2000 + n}\n`;
      await it.save(n < 100 && n % 2 === 0 ? text.slice(0, 12) : text);
    }
    await it.port(2100);
    expect(it.complaints()).toEqual([]);
    expect(it.published.length).toBeLessThanOrEqual(10);
    expect(it.published.at(-1)?.config_json).toContain('"port":2100');
  });

  it("finds what was changed between the first reading and its start", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "node.toml");
    await writeFile(file, "[http]\nport = 1\n");
    const config = await loadConfig({ file });
    await writeFile(file, "[http]\nport = 2\n");
    const live = new LiveConfig({ publish: () => {}, log: recordingLog() }, config);
    await live.start();
    await until("the change is found", () => live.current.http.port === 2);
    await live.close();
  });

  it("never changes without a file, and after close", async () => {
    const published: unknown[] = [];
    const deps = {
      publish: (_type: string, payload: object) => published.push(payload),
      log: recordingLog(),
    };
    const fixed = new LiveConfig(deps, parseConfig({ http: { port: 7 } }));
    await fixed.start();
    await fixed.close();
    await fixed.close();
    expect(published).toHaveLength(1);
    const closed = new LiveConfig(deps, parseConfig({}));
    await closed.close();
    await closed.start();
    expect(published).toHaveLength(1);
    await using it = await living("[http]\nport = 1\n");
    await it.live.close();
    await it.save("[http]\nport = 2\n");
    expect(it.live.current.http.port).toBe(1);
  });

  it("goes on when a listener or the publisher fails", async () => {
    await using it = await living("[http]\nport = 1\n", () => {
      throw new Error("no thanks");
    });
    await it.save("[http]\nport = 2\n");
    await it.port(2);
    expect(it.log.messages()).toContain("a change of the configuration could not be applied");
    expect(it.published).toHaveLength(2);
    const log = recordingLog();
    const publish = () => {
      throw new Error("closed");
    };
    await using live = new LiveConfig({ publish, log }, parseConfig({}));
    await live.start();
    expect(log.messages()).toContain("ConfigLoaded could not be published");
  });

  it("leaves a configuration that is too long to itself, and says so", async () => {
    await using it = await living(`[modules.web]\ntext = "${"x".repeat(70_000)}"\n`);
    expect(it.published).toEqual([{ changed_sections: [...sections, "modules.web"] }]);
    expect(it.log.messages()[0]).toMatch(/longer than 64 KiB/);
  });
});
