import fc from "fast-check";
import { TomlDate } from "smol-toml";
import { describe, expect, it } from "vitest";
import { MAX_CONFIG_JSON_BYTES, redactedConfig } from "../../src/config/redacted-config.js";
import { type ConfigInput, parseConfig } from "../../src/config.js";

function shown(input: ConfigInput): Record<string, Record<string, unknown>> {
  const text = redactedConfig(parseConfig(input));
  if (text === undefined) throw new Error("the configuration was too long to be shown");
  return (JSON.parse(text) as { config: Record<string, Record<string, unknown>> }).config;
}

describe("redactedConfig", () => {
  it("shows every section with its defaults, a module's own keys, and the host's rules for it", () => {
    const config = shown({
      modules: { "web-hook": { url: "http://x/y", restart: { policy: "on-failure" } } },
    });
    expect(Object.keys(config)).toEqual([
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
      "module_rules",
    ]);
    expect(config.http).toMatchObject({ port: 9332 });
    expect(config.modules).toMatchObject({ kill_timeout_ms: 2000, "web-hook": { url: "http://x/y" } });
    expect(config.module_rules).toMatchObject({
      "web-hook": {
        delivery: { capacity: 100 },
        limits: { max_cpu_percent: 50 },
        restart: { policy: "on-failure" },
        load: "start",
        on_unresponsive: "report",
      },
    });
  });

  it("keeps the table of a module whose name sounds like a secret", () => {
    expect(shown({ modules: { "token-watch": { every_s: 3 } } }).modules).toMatchObject({
      "token-watch": { every_s: 3 },
    });
  });

  it("writes what JSON can't hold as the text that the module is given", () => {
    const date = new TomlDate("1979-05-27");
    expect(
      shown({ modules: { one: { big: 2n ** 60n, none: Number.NaN, all: [Number.POSITIVE_INFINITY], date } } })
        .modules?.one,
    ).toEqual({ big: "1152921504606846976", none: "nan", all: ["inf"], date: "1979-05-27" });
  });

  it("is left out when it is longer than 64 KiB", () => {
    const sizeBytes = Buffer.byteLength(redactedConfig(parseConfig({ modules: { one: { a: "" } } })) ?? "");
    const withText = (chars: number) =>
      redactedConfig(parseConfig({ modules: { one: { a: "x".repeat(chars) } } }));
    expect(withText(MAX_CONFIG_JSON_BYTES - sizeBytes)).toHaveLength(MAX_CONFIG_JSON_BYTES);
    expect(withText(MAX_CONFIG_JSON_BYTES - sizeBytes + 1)).toBeUndefined();
  });

  it("shows no secret, wherever in a module's table it stands", () => {
    const secret = fc.stringMatching(/^S3CR3T[A-Za-z0-9]{6,20}$/);
    const name = fc.constantFrom(
      ...["webhook_secret", "Token", "PASSWORD", "privateKey", "credentials", "api_key", "API-Key", "apikey"],
      ...[
        "rpc_pass",
        "rpcpass",
        "pass",
        "db.pwd",
        "access_key",
        "authKey",
        "seed_phrase",
        "xprv",
        "macaroon",
      ],
    );
    const host = fc.constantFrom("example.org", "127.0.0.1:8332", "[::1]:80");
    const address = fc
      .tuple(secret, host)
      .chain(([hidden, at]) =>
        fc.constantFrom(
          `https://user:${hidden}@${at}/path`,
          `https://${hidden}@${at}/path@home`,
          `postgres://user:p@${hidden}/w@${at}/db`,
          `call https://${at}/?a=1&api_key=${hidden}&b=2 daily`,
          `host=${at} password=${hidden} dbname=x`,
          `user:${hidden}@${at}`,
        ),
      );
    const hiding: fc.Arbitrary<object> = fc.oneof(
      fc
        .record({
          name,
          value: fc.oneof(
            secret,
            fc.array(secret, { minLength: 1 }),
            fc.dictionary(fc.constant("a"), secret, { minKeys: 1 }),
          ),
        })
        .map((at) => ({ [at.name]: at.value })),
      address.map((text) => ({ url: text })),
      address.map((text) => ({ urls: ["http://x/", text] })),
      address.map((text) => ({ [text]: 1 })),
    );
    const { tree } = fc.letrec<{ tree: object }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5, depthSize: "medium" },
        hiding,
        fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie("tree"), { minKeys: 1, maxKeys: 3 }),
        fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map((items) => ({ items })),
      ),
    }));
    fc.assert(
      fc.property(tree, (own) => {
        expect(JSON.stringify(own)).toContain("S3CR3T");
        const json = redactedConfig(parseConfig({ modules: { one: { own } } }));
        expect(json).toBeDefined();
        expect(json).not.toContain("S3CR3T");
      }),
      { numRuns: 500 },
    );
  });

  it("leaves addresses and texts without secrets as they are", () => {
    for (const text of ["https://x.org/@user", "me@x.org", "http://x:80/a?b=c", "a, b", "tokens", ""]) {
      expect(shown({ modules: { one: { text } } }).modules?.one).toEqual({ text });
    }
  });

  it("leaves keys that only sound like a secret as they are", () => {
    const table = { bypass: true, compass: "n", passes: 3, seed_nodes: "a,b", monkey: 1, keyboard: "de" };
    expect(shown({ modules: { one: table } }).modules?.one).toEqual(table);
  });

  it("is quick over texts made to be slow", () => {
    const startMs = performance.now();
    for (const text of [
      "token".repeat(200_000),
      "a:".repeat(400_000),
      `${"://".repeat(200_000)}@`,
      '"token='.repeat(100_000),
    ])
      redactedConfig(parseConfig({ modules: { one: { text } } }));
    expect(performance.now() - startMs).toBeLessThan(5000);
  });
});
