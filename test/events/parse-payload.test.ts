import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EventType,
  eventDefinition,
  eventTypes,
  exampleEvent,
  type FieldDefinition,
  parsePayload,
} from "../../src/events/index.js";
import { arbitraryPayload } from "../kit/arbitrary-event.js";

const MAX_BY_TYPE: Readonly<Record<string, number>> = {
  u8: 0xff,
  u32: 0xffff_ffff,
  u64: Number.MAX_SAFE_INTEGER,
  usize: Number.MAX_SAFE_INTEGER,
};

const allFields = eventTypes.flatMap((type) =>
  eventDefinition(type).fields.map((field) => [type, field] as const),
);

function fieldsWhere(matches: (field: FieldDefinition) => boolean) {
  const found = allFields.filter(([, field]) => matches(field));
  if (found.length === 0) throw new Error("no field of the catalogue matches");
  return found;
}

const isInteger = ({ type, bitSet }: FieldDefinition) => type in MAX_BY_TYPE && !bitSet;

function parseWith(type: EventType, name: string, value: unknown) {
  return parsePayload(type, { ...exampleEvent(type), [name]: value });
}

function refusal(code: "RANGE_ERROR" | "INVALID_PARAMS", field: string) {
  return { ok: false, code, field, message: expect.stringContaining(field) };
}

describe("parsePayload", () => {
  it.each(eventTypes)("accepts any payload that %s allows and returns it unchanged", (type) => {
    fc.assert(
      fc.property(arbitraryPayload(type), (payload) => {
        expect(parsePayload(type, payload)).toEqual({ ok: true, payload });
      }),
      { numRuns: 30 },
    );
  });

  it("refuses integers out of range in every integer field, naming it", () => {
    for (const [type, field] of fieldsWhere(isInteger)) {
      const max = MAX_BY_TYPE[field.type] ?? 0;
      const outside = [
        -1,
        -0,
        0.5,
        max + 1,
        2 ** 64,
        Number.NaN,
        Infinity,
        -Infinity,
        -1n,
        2n ** 53n,
        2n ** 64n,
      ];
      for (const value of outside) {
        expect(parseWith(type, field.name, value)).toEqual(refusal("RANGE_ERROR", `payload.${field.name}`));
      }
    }
  });

  it("refuses any integer beyond its field's limits", () => {
    const cases = fc.constantFrom(...fieldsWhere(isInteger)).chain(([type, field]) => {
      const max = MAX_BY_TYPE[field.type] ?? 0;
      const outside = fc.oneof(fc.bigInt({ max: -1n }), fc.bigInt({ min: BigInt(max) + 1n }));
      return outside.map((value) => ({ type, field, value }));
    });
    fc.assert(
      fc.property(cases, ({ type, field, value }) => {
        expect(parseWith(type, field.name, value)).toMatchObject({
          ok: false,
          code: "RANGE_ERROR",
          field: `payload.${field.name}`,
        });
      }),
    );
  });

  it("takes the lowest and highest integer, as number or as bigint", () => {
    for (const [type, field] of fieldsWhere(isInteger)) {
      const max = MAX_BY_TYPE[field.type] ?? 0;
      for (const value of [0, max]) {
        expect(parseWith(type, field.name, BigInt(value))).toEqual(parseWith(type, field.name, value));
        expect(parseWith(type, field.name, value)).toMatchObject({
          ok: true,
          payload: { [field.name]: value },
        });
      }
    }
  });

  it("reads a bit set from a number and refuses what is no 64 bits", () => {
    expect(parseWith("PeerConnected", "services", 1033)).toMatchObject({ payload: { services: 1033n } });
    expect(parseWith("PeerConnected", "services", 2n ** 64n - 1n)).toMatchObject({ ok: true });
    for (const value of [-1, -1n, -0, 2 ** 53, 2n ** 64n, 1.5, Number.NaN]) {
      expect(parseWith("PeerConnected", "services", value)).toEqual(
        refusal("RANGE_ERROR", "payload.services"),
      );
    }
  });

  it("takes any finite number in an f64 field, also one decoded as bigint", () => {
    for (const [type, { name }] of fieldsWhere((field) => field.type === "f64")) {
      for (const value of [-1.5, 0, 5e-324, Number.MAX_VALUE]) {
        expect(parseWith(type, name, value)).toMatchObject({ ok: true, payload: { [name]: value } });
      }
      expect(parseWith(type, name, 2n ** 60n)).toMatchObject({ ok: true, payload: { [name]: 2 ** 60 } });
      for (const value of [Number.NaN, Infinity, -Infinity, 2n ** 60n + 1n]) {
        expect(parseWith(type, name, value)).toEqual(refusal("RANGE_ERROR", `payload.${name}`));
      }
    }
  });

  it("refuses a value of another kind in every field, naming it", () => {
    for (const [type, { name }] of allFields) {
      const result = parseWith(type, name, { nested: true });
      expect(result).toEqual(refusal("INVALID_PARAMS", `payload.${name}`));
    }
  });

  it("refuses absence and nil in every required field", () => {
    for (const [type, { name }] of fieldsWhere(({ optional }) => !optional)) {
      for (const value of [undefined, null]) {
        expect(parseWith(type, name, value)).toEqual(refusal("INVALID_PARAMS", `payload.${name}`));
      }
    }
  });

  it("reads nil in every optional field as absent", () => {
    for (const [type, { name }] of fieldsWhere(({ optional }) => optional)) {
      for (const value of [undefined, null]) {
        const result = parseWith(type, name, value);
        expect(result.ok && Object.keys(result.payload)).not.toContain(name);
        expect(result.ok).toBe(true);
      }
    }
  });

  it("refuses other words in every closed set and takes them in open ones", () => {
    for (const [type, field] of fieldsWhere(
      ({ type, allowed }) => type === "string" && allowed !== undefined,
    )) {
      const result = parseWith(type, field.name, "another word");
      if (field.open) expect(result.ok).toBe(true);
      else expect(result).toEqual(refusal("INVALID_PARAMS", `payload.${field.name}`));
    }
  });

  it("refuses values that the Rust node is known to send against its own contract", () => {
    expect(parseWith("PeerDisconnected", "reason", "disconnected")).toMatchObject({ code: "INVALID_PARAMS" });
    expect(parseWith("MempoolTransactionRemoved", "reason", "removed")).toMatchObject({
      code: "INVALID_PARAMS",
    });
  });

  it("asks for the nearest word where one was mistyped", () => {
    const result = parseWith("GovernanceProposalVoted", "vote", "aprove");
    expect(result).toMatchObject({
      message:
        'GovernanceProposalVoted: payload.vote is "aprove", allowed is one of approve, reject, abstain; did you mean approve?',
    });
  });

  it.each(["A".repeat(64), "a".repeat(63), "a".repeat(65), `0x${"a".repeat(62)}`, `${"a".repeat(64)}\n`, ""])(
    "refuses %j as a hash",
    (hash) => {
      expect(parseWith("NewTransaction", "tx_hash", hash)).toEqual(
        refusal("INVALID_PARAMS", "payload.tx_hash"),
      );
    },
  );

  it("refuses text that has no UTF-8 form, also inside a list", () => {
    expect(parseWith("ModuleCrashed", "error", "half \ud83d")).toEqual(
      refusal("INVALID_PARAMS", "payload.error"),
    );
    expect(parseWith("NodeStartupCompleted", "components", ["rpc", "\udc00"])).toEqual(
      refusal("INVALID_PARAMS", "payload.components[1]"),
    );
  });

  it("drops keys that the event does not have", () => {
    const payload = exampleEvent("NewBlock");
    const hostile = JSON.parse('{"__proto__":{"polluted":true},"extra":1}') as object;
    const result = parsePayload("NewBlock", Object.assign(Object.create(null), hostile, payload));
    expect(result).toEqual({ ok: true, payload });
    expect(result.ok && Object.keys(result.payload)).toEqual(["block_hash", "height"]);
    expect(Object.getPrototypeOf(result.ok ? result.payload : undefined)).toBe(Object.prototype);
  });

  it.each([
    [undefined],
    [null],
    ["text"],
    [7],
    [7n],
    [true],
    [[]],
    [new Uint8Array(2)],
    [new Map()],
    [() => 1],
  ])("refuses %s in place of a payload", (value) => {
    for (const type of ["NewBlock", "StorageFlush", "DataCleanup"] as const) {
      expect(parsePayload(type, value)).toEqual(refusal("INVALID_PARAMS", "payload"));
    }
  });

  it("shows only the beginning of a long value", () => {
    const result = parseWith("NewTransaction", "tx_hash", "f".repeat(1_000_000));
    expect(!result.ok && result.message.length).toBeLessThan(300);
  });

  it("never throws and answers with a payload or a reason", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...eventTypes),
        fc.anything({ withBigInt: true, withTypedArray: true }),
        (type, value) => {
          const result = parsePayload(type, value);
          if (!result.ok) expect(result.field.startsWith("payload")).toBe(true);
        },
      ),
    );
  });

  it("returns a new object and leaves the input as it was", () => {
    const input = Object.freeze({ target_age_days: null });
    expect(parsePayload("DataCleanup", input)).toEqual({ ok: true, payload: {} });
    expect(input).toEqual({ target_age_days: null });
  });
});
