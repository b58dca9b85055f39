import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { flattenConfig } from "../../src/manifest/index.js";
import { readConfig } from "../../src/sdk/index.js";
import { catchError } from "../kit/catch-error.js";

const read = (schema: z.ZodType, flat: Readonly<Record<string, string>>) => readConfig(schema, flat, "mine");

describe("readConfig", () => {
  it("gives each text the form that the schema expects", () => {
    const schema = z.object({
      rate: z.number(),
      count: z.int(),
      big: z.bigint(),
      on: z.boolean(),
      off: z.boolean().optional(),
      level: z.enum(["low", "high"]),
      step: z.literal([1, 2]),
      name: z.string(),
      digits: z.string(),
      since: z.date(),
      ports: z.array(z.int()),
      none: z.array(z.string()),
      pair: z.tuple([z.string(), z.number()]),
      tags: z.set(z.string()),
      either: z.union([z.number(), z.boolean(), z.string()]),
      coerced: z.coerce.boolean(),
    });
    const config = readConfig(
      schema,
      {
        rate: "1.5e3",
        count: "-7",
        big: "9223372036854775807",
        on: "true",
        level: "high",
        step: "2",
        name: " as it is ",
        digits: "007",
        since: "2024-01-02",
        ports: "80, 443",
        none: "",
        pair: "a,1",
        tags: "x,y,x",
        either: "false",
        coerced: "false",
      },
      "mine",
    );
    expectTypeOf(config.ports).toEqualTypeOf<number[]>();
    expect(config).toEqual({
      rate: 1500,
      count: -7,
      big: 9223372036854775807n,
      on: true,
      level: "high",
      step: 2,
      name: " as it is ",
      digits: "007",
      since: new Date("2024-01-02"),
      ports: [80, 443],
      none: [],
      pair: ["a", 1],
      tags: new Set(["x", "y"]),
      either: false,
      coerced: false,
    });
  });

  it("nests dotted keys, finds names whatever their case, and lists tables by their index", () => {
    const schema = z.object({
      maxSize: z.number(),
      retry: z.object({ waitMs: z.int(), on: z.object({ Timeout: z.boolean() }) }),
      peers: z.array(z.object({ host: z.string(), port: z.int().default(80) })),
      labels: z.record(z.string(), z.int()),
    });
    const flat = {
      maxsize: "3",
      "retry.waitms": "5",
      "retry.on.timeout": "true",
      "peers.0.host": "a",
      "peers.1.host": "b",
      "peers.1.port": "81",
      "labels.x": "1",
      "labels.y": "2",
    };
    expect(read(schema, flat)).toEqual({
      maxSize: 3,
      retry: { waitMs: 5, on: { Timeout: true } },
      peers: [
        { host: "a", port: 80 },
        { host: "b", port: 81 },
      ],
      labels: { x: 1, y: 2 },
    });
  });

  it("takes defaults, leaves out what may be absent, and sees through wrappers", () => {
    const schema = z.object({
      a: z.int().default(3),
      b: z.int().optional(),
      c: z.object({ d: z.boolean().default(true) }).prefault({}),
      e: z.int().catch(9),
      f: z.int().transform((n) => n * 2),
      g: z.lazy(() => z.int().readonly()),
    });
    expect(read(schema, { f: "4", g: "1", e: "many" })).toEqual({ a: 3, c: { d: true }, e: 9, f: 8, g: 1 });
  });

  it.each([
    ["port", { port: "many" }, '"many"', "an integer from 1 to 65535"],
    ["port", { port: "0" }, '"0"', "an integer from 1 to 65535"],
    ["port", {}, "nothing", "an integer from 1 to 65535"],
    ["level", { port: "1", level: "loud" }, '"loud"', '"low", "high"'],
    ["inner.on", { port: "1", "inner.on": "yes" }, '"yes"', "true or false"],
    ["list.1", { port: "1", list: "1,x" }, '"1,x"', "a number"],
    ["wait", { port: "1", wait: "-1" }, '"-1"', "a number at least 0 seconds"],
    ["even", { port: "1", even: "3" }, '"3"', "an even number"],
    ["api_token", { port: "1", api_token: "hush" }, "a text that is not shown here", "a text"],
  ])("refuses %s and says what was found and what is allowed", (key, flat, found, allowed) => {
    const schema = z.object({
      port: z.int().min(1).max(65_535),
      level: z.enum(["low", "high"]).optional(),
      inner: z.object({ on: z.boolean() }).optional(),
      list: z.array(z.number()).optional(),
      wait: z.number().min(0).optional().meta({ unit: "seconds" }),
      even: z
        .int()
        .refine((n) => n % 2 === 0, "an even number")
        .optional(),
      api_token: z.string().min(10).optional(),
    });
    const error = catchError(() => read(schema, flat));
    expect(error).toMatchObject({ code: "BAD_CONFIG", details: { module: "mine", key, found } });
    expect((error as { details: { allowed: string } }).details.allowed).toContain(allowed);
    expect(String(error)).not.toContain("hush");
  });

  it("lets a strict schema refuse other keys, but not those that every module is given", () => {
    const schema = z.strictObject({ a: z.int(), b: z.strictObject({ c: z.int() }).optional() });
    const given = {
      version: "1.0.0",
      database_backend: "x",
      node_p2p_listen_ip: "x",
      node_p2p_listen_port: "1",
    };
    expect(read(schema, { a: "1", ...given })).toEqual({ a: 1 });
    expect(catchError(() => read(schema, { a: "1", d: "1" }))).toMatchObject({
      details: { key: "d", allowed: "a, b" },
    });
    expect(catchError(() => read(schema, { a: "1", "b.d": "1" }))).toMatchObject({
      details: { key: "b.d", allowed: "c" },
    });
    expect(read(z.strictObject({ version: z.string() }), given)).toEqual({ version: "1.0.0" });
  });

  it("refuses a text where a table is expected, and a table where a text is", () => {
    expect(catchError(() => read(z.object({ a: z.object({ b: z.int() }) }), { a: "1" }))).toMatchObject({
      details: { key: "a", found: '"1"', allowed: "a table of b" },
    });
    expect(catchError(() => read(z.object({ a: z.string() }), { "a.b": "1" }))).toMatchObject({
      details: { key: "a", allowed: "a text" },
    });
  });

  it("is not led astray by names of an object's own prototype", () => {
    const flat = { "__proto__.polluted": "1", "constructor.prototype.polluted": "1", a: "1" };
    expect(read(z.object({ a: z.int() }), flat)).toEqual({ a: 1 });
    expect(read(z.object({ r: z.record(z.string(), z.string()) }), { "r.__proto__": "x" })).toBeDefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("ends for a schema that leads to itself and for keys without end", () => {
    const node: z.ZodType = z.object({ next: z.lazy(() => node).optional() });
    const deep = `next${".next".repeat(5000)}`;
    expect(read(node, { [deep]: "x" })).toBeDefined();
    expect(catchError(() => read(node, { next: "x" }))).toMatchObject({ code: "BAD_CONFIG" });
    expect(read(z.object({ a: z.int().default(1) }), { [`b${".c".repeat(100_000)}`]: "x" })).toEqual({
      a: 1,
    });
  });

  it("reads back whatever a table says, once it was flattened", () => {
    const schema = z.object({
      n: z.number(),
      t: z.string(),
      b: z.boolean(),
      inner: z.object({ list: z.array(z.int()), words: z.array(z.string()) }),
      tables: z.array(z.object({ name: z.string(), on: z.boolean() })).min(1),
      any: z.record(z.string(), z.int()).optional(),
    });
    const word = fc.stringMatching(/^[a-z0-9 _-]*[a-z]$/).map((text) => text.trim());
    const value = fc.record(
      {
        n: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
        t: fc.string().filter((text) => !text.includes("\0")),
        b: fc.boolean(),
        inner: fc.record({ list: fc.array(fc.integer()), words: fc.array(word) }),
        tables: fc.array(fc.record({ name: word, on: fc.boolean() }), { minLength: 1 }),
        any: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.integer(), { minKeys: 1 }),
      },
      { requiredKeys: ["n", "t", "b", "inner", "tables"] },
    );
    fc.assert(
      fc.property(value, (given) => {
        expect(read(schema, Object.fromEntries(flattenConfig(given)))).toEqual(given);
      }),
      { numRuns: 300 },
    );
  });
});
