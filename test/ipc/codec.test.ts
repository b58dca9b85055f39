import { decode as libraryDecode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorCode } from "../../src/errors.js";
import {
  type AnyEvent,
  eventDefinition,
  eventTypes,
  parsePayload,
  typeIndex,
} from "../../src/events/index.js";
import {
  createEventEncoder,
  createMessagePackCodec,
  HOST_BODY_LIMITS,
  MODULE_BODY_LIMITS,
} from "../../src/ipc/index.js";
import { arbitraryEvent } from "../kit/arbitrary-event.js";
import { catchError } from "../kit/catch-error.js";
import { concat, hex, pack } from "../kit/ipc-bytes.js";

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** Values that the protocol carries. */
const arbitraryValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.integer({ min: -70_000, max: 70_000 }),
    fc.double({ noNaN: true }).map((value) => (value === 0 ? 0 : value)),
    fc.string({ unit: "binary", maxLength: 100 }),
    fc.uint8Array({ maxLength: 100 }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(
      fc.string({ unit: "grapheme", maxLength: 20 }).filter((key) => !FORBIDDEN.has(key)),
      tie("value"),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
})).value;

function readByLibrary(body: Uint8Array): unknown {
  return libraryDecode(Uint8Array.from(body));
}

/** Every integer as a bigint: on the wire they are the same. */
function asBigints(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(asBigints);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asBigints(inner)]));
}

const codec = createMessagePackCodec(HOST_BODY_LIMITS);
const encodeTyped = createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS));
const encodeEvent = (event: AnyEvent) => encodeTyped(event, typeIndex(event.type));

function hexOf(value: unknown, hasBitSets?: boolean): string {
  return Buffer.from(codec.encode(value, hasBitSets)).toString("hex");
}

/** What a module gets of an event: the frame, decoded, its payload read by the event's schema. */
function roundTrip(event: AnyEvent): unknown {
  const { bytes, start, end } = encodeEvent(event);
  const body = Uint8Array.from(bytes.subarray(start + 4, end));
  const [kind, seq, timestamp_ms, type, payload, source] = codec.decode(body) as unknown[];
  expect(kind).toBe(2);
  const parsed = parsePayload(event.type, payload);
  if (!parsed.ok) throw new Error(parsed.message);
  return { seq, type, payload: parsed.payload, timestamp_ms, source };
}

describe("event encoding", () => {
  it.each(eventTypes)("%s comes back from the wire as it was", (type) => {
    fc.assert(
      fc.property(arbitraryEvent(type), (event) => {
        expect(roundTrip(event)).toEqual(event);
      }),
      { numRuns: 12 },
    );
  });

  it("leaves absent optional fields out of the bytes", () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        const { bytes, start, end } = encodeEvent(event);
        const payload = (libraryDecode(bytes.subarray(start + 4, end)) as unknown[])[4] as object;
        expect(Object.keys(payload).toSorted()).toEqual(Object.keys(event.payload).toSorted());
      }),
    );
  });

  it("writes no declared integer as a float", () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        const { bytes, start, end } = encodeEvent(event);
        const body = libraryDecode(bytes.subarray(start + 4, end), { useBigInt64: true }) as unknown[];
        const integers = eventDefinition(event.type).fields.filter(({ type }) => /^u/.test(type));
        const payload = body[4] as Record<string, unknown>;
        for (const { name } of integers) {
          const found = payload[name];
          // A 64-bit float would come as a number above 2^32 here, an integer of that size as a bigint.
          if (typeof found === "number") expect(found).toBeLessThanOrEqual(0xffff_ffff);
        }
        if (event.seq > 0xffff_ffff) expect(body[1]).toBe(BigInt(event.seq));
        if (event.timestamp_ms > 0xffff_ffff) expect(body[2]).toBe(BigInt(event.timestamp_ms));
      }),
    );
  });

  it("writes an event byte for byte as the list of its parts, whatever the order and number of its keys", () => {
    const shuffled = arbitraryEvent().chain((event) => {
      const entries = Object.entries(event.payload);
      return fc
        .shuffledSubarray(entries, { minLength: 0, maxLength: entries.length })
        .map(
          (some) => ({ ...event, payload: { ...Object.fromEntries(some), more: 1 } }) as unknown as AnyEvent,
        );
    });
    fc.assert(
      fc.property(fc.oneof(arbitraryEvent(), shuffled), (event) => {
        const { bytes, start, end } = encodeEvent(event);
        const { seq, timestamp_ms, type, payload, source } = event;
        const whole = codec.encode([2, seq, timestamp_ms, type, payload, source], true);
        expect(Buffer.from(bytes.subarray(start + 4, end)).equals(whole)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("refuses a payload with a forbidden key or of a class", () => {
    const event = { seq: 1, type: "NewBlock", timestamp_ms: 1, source: "node" };
    for (const payload of [JSON.parse('{"constructor":1}'), new Date(), new Map()])
      expect(() => encodeEvent({ ...event, payload } as unknown as AnyEvent)).toThrow(TypeError);
  });

  it("writes a payload with many keys beyond those of its type", () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`key_${n}`, n]));
    const event = { seq: 1, type: "NewBlock", timestamp_ms: 1, source: "node" };
    const payload = { block_hash: "ab", height: 1, ...many };
    const { bytes, start, end } = encodeEvent({ ...event, payload } as unknown as AnyEvent);
    const body = libraryDecode(bytes.subarray(start + 4, end)) as unknown[];
    expect(body[4]).toEqual(payload);
  });

  it("prefixes the frame with the length of its body", () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        const { bytes, start, end } = encodeEvent(event);
        expect(Buffer.from(bytes).readUInt32BE(start)).toBe(end - start - 4);
      }),
    );
  });

  it("refuses an event that fits no frame", () => {
    const payload = { message: "x".repeat(41 * 1024 * 1024) };
    const event = {
      seq: 1,
      type: "ModuleCrashed",
      payload,
      timestamp_ms: 1,
      source: "node",
    } as unknown as AnyEvent;
    expect(() => encodeEvent(event)).toThrow(expect.objectContaining({ code: "ANSWER_TOO_LARGE" }));
  });
});

describe("MessagePack codec", () => {
  it.each([
    [0, "00"],
    [127, "7f"],
    [128, "cc80"],
    [65_535, "cdffff"],
    [4_294_967_295, "ceffffffff"],
    [4_294_967_296, "cf0000000100000000"],
    [Number.MAX_SAFE_INTEGER, "cf001fffffffffffff"],
    [-1, "ff"],
    [-4_294_967_296, "d3ffffffff00000000"],
    [Number.MIN_SAFE_INTEGER, "d3ffe0000000000001"],
  ])("writes %i as an integer, with and without bit sets around", (value, bytes) => {
    expect(hexOf(value)).toBe(bytes);
    expect(hexOf(value, true)).toBe(bytes);
    expect(hexOf({ at: [value] }, true)).toContain(bytes);
  });

  it("writes what is no integer as a float", () => {
    expect(hexOf(0.5)).toBe("cb3fe0000000000000");
    expect(hexOf(0.5, true)).toBe("cb3fe0000000000000");
    expect(hexOf(2 ** 60, true)).toBe("cb43b0000000000000");
  });

  it("writes bit sets as uint64, however small", () => {
    expect(hexOf(1n, true)).toBe("cf0000000000000001");
    expect(hexOf(2n ** 64n - 1n, true)).toBe("cfffffffffffffffff");
  });

  it("refuses bit sets that 64 bits can't hold, and bigints that are no bit sets", () => {
    expect(() => codec.encode(2n ** 64n, true)).toThrow();
    expect(() => codec.encode(-1n, true)).toThrow();
    expect(() => codec.encode({ services: 1n })).toThrow();
  });

  it("leaves undefined fields out and keeps null ones", () => {
    expect(hexOf({ a: undefined, b: null })).toBe(hexOf({ b: null }));
    expect(hexOf({ a: undefined, b: null }, true)).toBe(hexOf({ b: null }));
  });

  it("refuses cycles and values nested too deep instead of overflowing the stack", () => {
    const cycle: unknown[] = [];
    cycle.push({ cycle });
    expect(() => codec.encode(cycle)).toThrow();
    expect(() => codec.encode(cycle, true)).toThrow();
    expect(hexOf("still usable")).toBe(Buffer.from(pack("still usable")).toString("hex"));
  });

  it("reads integers beyond 2^53 as bigint and all others as number", () => {
    expect(codec.decode(hex("cf 0020000000000001"))).toBe(9_007_199_254_740_993n);
    expect(codec.decode(hex("92 cf ffffffffffffffff cf 0000000000000001"))).toEqual([
      18_446_744_073_709_551_615n,
      1,
    ]);
    expect(codec.decode(hex("82 a1 61 d3 8000000000000000 a1 62 d3 ffffffffffffffff"))).toEqual({
      a: -9_223_372_036_854_775_808n,
      b: -1,
    });
  });

  it("writes what the library reads back as the same value", () => {
    fc.assert(
      fc.property(arbitraryValue, (value) => {
        expect(readByLibrary(codec.encode(value))).toEqual(value);
        expect(readByLibrary(codec.encode(value, true))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("reads what the library wrote as the same value", () => {
    fc.assert(
      fc.property(arbitraryValue, (value) => {
        expect(codec.decode(pack(value))).toEqual(value);
      }),
      { numRuns: 400 },
    );
  });

  it("reads damaged bytes as the library does, or refuses them", () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(arbitraryValue, edits, (value, places) => {
        const body = Uint8Array.from(pack(value));
        for (const [place, byte] of places) body[place % body.length] = byte;
        let found: unknown;
        try {
          found = codec.decode(body);
        } catch (error) {
          expect(["LIMIT", "DECODE_ERROR"]).toContain(errorCode(error));
          return;
        }
        expect(asBigints(found)).toEqual(asBigints(libraryDecode(body, { useBigInt64: true })));
      }),
      { numRuns: 400 },
    );
  });

  it("reads a body in the middle of other bytes, and nothing around it", () => {
    fc.assert(
      fc.property(
        arbitraryValue,
        fc.uint8Array({ maxLength: 9 }),
        fc.uint8Array({ maxLength: 9 }),
        (value, before, after) => {
          const body = pack(value);
          const bytes = concat(before, body, after);
          expect(codec.decode(bytes, before.length, before.length + body.length)).toEqual(value);
        },
      ),
    );
  });

  it("refuses a body that needs the bytes behind its end", () => {
    fc.assert(
      fc.property(arbitraryValue, fc.nat(), (value, cut) => {
        const body = pack(value);
        const end = cut % body.length;
        expect(["LIMIT", "DECODE_ERROR"]).toContain(errorCode(catchError(() => codec.decode(body, 0, end))));
      }),
    );
  });

  it("hands out raw data and text that live on when the bytes are written over", () => {
    const bytes = Uint8Array.from(pack({ data: Uint8Array.of(1, 2, 3), text: "abc", long: "é".repeat(200) }));
    const value = codec.decode(bytes) as { data: Uint8Array };
    bytes.fill(0);
    expect(value).toEqual({ data: Uint8Array.of(1, 2, 3), text: "abc", long: "é".repeat(200) });
    expect(value.data.constructor).toBe(Uint8Array);
  });

  it("writes text of every length as the library reads it", () => {
    for (const unit of ["a", "é", "€", "😀"]) {
      for (const length of [
        0, 1, 7, 8, 15, 16, 31, 32, 33, 49, 50, 51, 63, 64, 85, 86, 127, 128, 200, 255, 256, 257, 21_845,
        65_535, 65_536, 70_000,
      ]) {
        const text = unit.repeat(length);
        expect(readByLibrary(codec.encode(text)) === text, `${length} × ${unit}`).toBe(true);
        expect(codec.decode(pack(text)) === text, `${length} × ${unit}`).toBe(true);
      }
    }
  });

  it("writes text with half a surrogate pair so that every reader accepts the body, or not at all", () => {
    const units = fc.array(fc.oneof(fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.nat(0x7f)), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        let body: Uint8Array;
        try {
          body = Uint8Array.from(codec.encode([text, { [text]: 1 }]));
        } catch {
          return;
        }
        expect(() => codec.decode(body)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  it("writes lists, maps and raw data of every size as the library reads them", () => {
    for (const count of [0, 1, 15, 16, 17, 255, 256, 65_535, 65_536]) {
      const list = Array.from({ length: count }, (_, n) => n % 3);
      const map = Object.fromEntries(list.map((value, n) => [`k${n}`, value]));
      const data = new Uint8Array(count).fill(7);
      for (const value of [list, map, data]) {
        expect(readByLibrary(codec.encode(value))).toEqual(value);
        expect(codec.decode(pack(value))).toEqual(value);
      }
    }
  });

  it("writes what stands before the bytes of large data as it stands in the whole body", () => {
    for (const length of [0, 1, 255, 256, 65_535, 65_536, 1_000_000]) {
      const tail = new Uint8Array(length).fill(7);
      for (const items of [[], [1, 2 ** 40, true], Array.from({ length: 20 }, () => "x")]) {
        const head = Uint8Array.from(codec.encodeBefore(items, tail));
        expect(Buffer.compare(concat(head, tail), codec.encode([...items, tail]))).toBe(0);
      }
    }
  });

  it("makes most of the bytes that it was given a view, and copies what is lent or little", () => {
    const body = Uint8Array.from(pack([new Uint8Array(1000).fill(7), Uint8Array.of(1)]));
    const read = (isGiven: boolean) => codec.decode(body, 0, body.length, isGiven) as Uint8Array[];
    const [most, little] = read(true);
    expect(most?.buffer).toBe(body.buffer);
    expect(little?.buffer).not.toBe(body.buffer);
    expect(most).toEqual(read(false)[0]);
    expect(read(false)[0]?.buffer).not.toBe(body.buffer);
  });

  it("throws LIMIT or DECODE_ERROR and nothing else for random bytes", () => {
    const reader = createMessagePackCodec(MODULE_BODY_LIMITS);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (body) => {
        try {
          reader.decode(body);
        } catch (error) {
          expect(["LIMIT", "DECODE_ERROR"]).toContain(errorCode(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("reads maps into objects without touching any prototype", () => {
    const value = codec.decode(pack({ toString: 1, hasOwnProperty: 2 })) as object;
    expect(Object.entries(value)).toEqual([
      ["toString", 1],
      ["hasOwnProperty", 2],
    ]);
    expect({}.toString).toBe(Object.prototype.toString);
  });
});
