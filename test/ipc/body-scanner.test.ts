import { Decoder } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorCode } from "../../src/errors.js";
import {
  type BodyLimits,
  BodyScanner,
  HOST_BODY_LIMITS,
  MODULE_BODY_LIMITS,
} from "../../src/ipc/body-scanner.js";
import { catchError } from "../kit/catch-error.js";
import { mapOf } from "../kit/ipc-body.js";
import { concat, hex, nestedArrays, pack } from "../kit/ipc-bytes.js";

function scan(body: Uint8Array, limits: BodyLimits = MODULE_BODY_LIMITS): boolean {
  return new BodyScanner(limits).scan(body);
}

function refusal(body: Uint8Array, limits?: BodyLimits): unknown {
  return errorCode(catchError(() => scan(body, limits)));
}

/** Values that MessagePack carries and the protocol allows. */
const arbitraryValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }),
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(
      fc.string({ unit: "grapheme", maxLength: 40 }).filter((key) => !FORBIDDEN.has(key)),
      tie("value"),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
})).value;

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

describe("BodyScanner", () => {
  it("lets every value pass that the library wrote", () => {
    fc.assert(
      fc.property(arbitraryValue, (value) => {
        expect(() => scan(pack(value))).not.toThrow();
      }),
    );
  });

  it("throws LIMIT or DECODE_ERROR and nothing else for random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        try {
          scan(body);
        } catch (error) {
          expect(["LIMIT", "DECODE_ERROR"]).toContain(errorCode(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("lets nothing pass that the library can't decode", () => {
    fc.assert(
      fc.property(
        arbitraryValue,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        (value, edits) => {
          const body = Uint8Array.from(pack(value));
          for (const [place, byte] of edits) body[place % body.length] = byte;
          let passes = true;
          try {
            scan(body);
          } catch {
            passes = false;
          }
          if (passes) expect(() => new Decoder({ useBigInt64: true }).decode(body)).not.toThrow();
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("refuses every value that is cut short", () => {
    fc.assert(
      fc.property(arbitraryValue, fc.nat(), (value, cut) => {
        const body = pack(value);
        expect(["LIMIT", "DECODE_ERROR"]).toContain(refusal(body.subarray(0, cut % body.length)));
      }),
    );
  });

  it("allows as many levels as the limit says and not one more", () => {
    expect(scan(nestedArrays(32))).toBe(false);
    expect(refusal(nestedArrays(33))).toBe("LIMIT");
    const maps = (depth: number) =>
      concat(...Array.from({ length: depth }, () => hex("81 a1 61")), hex("c0"));
    expect(scan(maps(32))).toBe(false);
    expect(refusal(maps(33))).toBe("LIMIT");
  });

  it("survives a million levels without exhausting the stack", () => {
    expect(refusal(nestedArrays(1_000_000), HOST_BODY_LIMITS)).toBe("LIMIT");
  });

  it("counts elements of all lists together", () => {
    const limits = { maxDepth: 32, maxElements: 10 };
    expect(
      scan(
        pack([
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ]),
        limits,
      ),
    ).toBe(false);
    expect(
      refusal(
        pack([
          [1, 2, 3, 4],
          [5, 6, 7, 8, 9],
        ]),
        limits,
      ),
    ).toBe("LIMIT");
  });

  it("counts a map's keys as well as its values", () => {
    const limits = { maxDepth: 32, maxElements: 4 };
    expect(scan(pack({ a: 1, b: 2 }), limits)).toBe(false);
    expect(refusal(pack({ a: 1, b: 2, c: 3 }), limits)).toBe("LIMIT");
  });

  it("allows a module 100,000 elements and a host 2,000,000", () => {
    const list = (count: number) => {
      const head = Buffer.from("dd00000000", "hex");
      head.writeUInt32BE(count, 1);
      return concat(head, Buffer.alloc(count, 0xc0));
    };
    expect(scan(list(100_000))).toBe(false);
    expect(refusal(list(100_001))).toBe("LIMIT");
    expect(scan(list(2_000_000), HOST_BODY_LIMITS)).toBe(false);
    expect(refusal(list(2_000_001), HOST_BODY_LIMITS)).toBe("LIMIT");
  });

  it("refuses a declared length that exceeds what is left by one", () => {
    expect(scan(hex("c4 02 00 00"))).toBe(false);
    for (const body of [
      "c4 03 00 00",
      "c5 0003 00 00",
      "c6 00000003 00 00",
      "a3 61 61",
      "d9 03 61 61",
      "da 0003 61 61",
    ]) {
      expect(refusal(hex(body)), body).toBe("LIMIT");
    }
    for (const body of [
      "93 c0 c0",
      "dc 0003 c0 c0",
      "dd 00000003 c0 c0",
      "82 a1 61 c0",
      "de 0002 a1 61 c0",
    ]) {
      expect(refusal(hex(body)), body).toBe("LIMIT");
    }
  });

  it("refuses numbers that are cut short", () => {
    for (const body of [
      "cc",
      "cd 00",
      "ce 000000",
      "cf 00000000000000",
      "d0",
      "d1 00",
      "d2 000000",
      "d3 00000000000000",
      "ca 000000",
      "cb 00000000000000",
    ]) {
      expect(refusal(hex(body)), body).toBe("DECODE_ERROR");
    }
  });

  it("refuses every extension type and the byte that means nothing", () => {
    for (const body of [
      "c1",
      "c7 00 01",
      "c8 0000 01",
      "c9 00000000 01",
      "d4 01 00",
      "d5 01 0000",
      "d6 01 00000000",
      "d7 01 0000000000000000",
      `d8 01 ${"00".repeat(16)}`,
    ]) {
      expect(refusal(hex(body)), body).toBe("DECODE_ERROR");
    }
  });

  it("refuses an empty body and bytes behind a whole one", () => {
    expect(refusal(new Uint8Array(0))).toBe("DECODE_ERROR");
    expect(refusal(hex("c0 c0"))).toBe("DECODE_ERROR");
  });

  it("refuses a key that comes twice, in small maps and in large ones", () => {
    const twice = (others: number) => {
      const keys = Array.from({ length: others }, (_, n) => `key${n}`);
      const entries = concat(...[...keys, "key0"].map((key) => concat(pack(key), hex("c0"))));
      const head = Buffer.from("de0000", "hex");
      head.writeUInt16BE(others + 1, 1);
      return concat(head, entries);
    };
    for (const others of [1, 15, 16, 200]) expect(refusal(twice(others)), `${others}`).toBe("DECODE_ERROR");
  });

  it("takes a key for the same however its length is written", () => {
    expect(refusal(hex("82 a1 61 c0 d9 01 61 c0"))).toBe("DECODE_ERROR");
  });

  it("allows the same key in maps that lie apart", () => {
    expect(scan(pack([{ a: { a: 1 } }, { a: 2 }]))).toBe(false);
  });

  it("refuses forbidden keys at any depth and allows them as values", () => {
    for (const key of FORBIDDEN) {
      expect(refusal(mapOf([key, hex("c0")])), key).toBe("DECODE_ERROR");
      expect(refusal(concat(hex("91"), mapOf(["ok", mapOf([key, hex("c0")])]))), key).toBe("DECODE_ERROR");
      expect(scan(pack({ key }))).toBe(false);
      expect(scan(pack({ [`${key}_`]: 1 }))).toBe(false);
    }
  });

  it("refuses keys that are no text", () => {
    for (const key of ["01", "c0", "c4 01 61", "91 c0", "cb 3ff0000000000000"]) {
      expect(refusal(hex(`81 ${key} c0`)), key).toBe("DECODE_ERROR");
    }
  });

  it("refuses text that is not UTF-8, short and long, as key and as value", () => {
    const bad = ["ff", "c3 28", "e2 28 a1", "ed a0 80", "f4 90 80 80", "c0 af"];
    for (const text of bad) {
      const bytes = hex(text);
      expect(refusal(concat(Uint8Array.of(0xa0 | bytes.length), bytes)), text).toBe("DECODE_ERROR");
      expect(refusal(concat(hex("81"), Uint8Array.of(0xa0 | bytes.length), bytes, hex("c0"))), text).toBe(
        "DECODE_ERROR",
      );
      const long = concat(Buffer.alloc(400, 0x61), bytes);
      expect(
        refusal(concat(hex("da"), hex((400 + bytes.length).toString(16).padStart(4, "0")), long)),
        text,
      ).toBe("DECODE_ERROR");
    }
  });

  it("tells whether integers beyond 2^53 are in the body", () => {
    expect(scan(hex("cf 001fffffffffffff"))).toBe(false);
    expect(scan(hex("cf 0020000000000000"))).toBe(true);
    expect(scan(hex("cf ffffffffffffffff"))).toBe(true);
    expect(scan(hex("d3 8000000000000000"))).toBe(true);
    expect(scan(hex("d3 ffffffffffffffff"))).toBe(false);
    expect(scan(pack([1, -1, 0xffff_ffff, -0x8000_0000]))).toBe(false);
  });

  it("keeps nothing of a refused body for the next one", () => {
    const scanner = new BodyScanner({ maxDepth: 32, maxElements: 5 });
    expect(() => scanner.scan(hex("94 c0 c0 c0 c1"))).toThrow();
    expect(scanner.scan(hex("cf ffffffffffffffff"))).toBe(true);
    expect(scanner.scan(hex("94 c0 c0 c0 c0"))).toBe(false);
  });
});
