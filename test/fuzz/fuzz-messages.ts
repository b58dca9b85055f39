import fc from "fast-check";
import { eventTypes, exampleEvent } from "../../src/events/index.js";

/** Values that a field may hold where something else is due: edges of number types, odd texts, deep and wide ones. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      null,
      true,
      false,
      0,
      -1,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
      2 ** 32,
      2 ** 53 - 1,
      -(2 ** 53) + 1,
    ],
    ...["", "\u0000", "\ud83d\ude00", "x".repeat(300), "\u202eabc\u001b[31m\n", "__proto"],
    ...[[], {}, [[]], { a: { b: { c: [] } } }, new Uint8Array(3)],
  ),
  fc.integer(),
  fc.string({ maxLength: 12 }),
  fc.jsonValue({ maxDepth: 3 }),
);

const count = fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(0, 1, 2, 2 ** 31, 2 ** 53 - 1));
const id = fc.oneof(
  { weight: 40, arbitrary: fc.integer({ min: 1, max: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(0, 2 ** 53 - 1, 2 ** 53, "1") },
);
const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: oddValue });
const eventType = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("NewBlock", "FeeRateChanged", "ModuleLoaded", "PaymentSettled") },
  { weight: 2, arbitrary: fc.constantFrom(...eventTypes) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
);
const eventTypeList = fc.oneof(
  { weight: 6, arbitrary: fc.array(eventType, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.array(oddValue, { maxLength: 4 }) },
);

const requestType = fc.constantFrom("GetChainTip", "GetBlockHeight", "GetChainInfo", "DiscoverModules");
const publishPayload = fc.record({
  event_type: eventType,
  payload: fc.oneof(
    fc.constantFrom(...eventTypes).map((type) => withoutBigInts(exampleEvent(type))),
    fc.dictionary(fc.constantFrom("payment_id", "amount_sats", "height", "x"), oddValue, { maxKeys: 3 }),
    oddValue,
  ),
});

const request: fc.Arbitrary<readonly unknown[]> = fc
  .tuple(
    id,
    fc.oneof(
      { weight: 3, arbitrary: fc.tuple(requestType, fc.oneof(fc.constant<unknown>({}), oddValue)) },
      {
        weight: 3,
        arbitrary: fc.tuple(
          fc.constantFrom("SubscribeEvents", "UnsubscribeEvents"),
          fc.oneof(fc.record({ event_types: eventTypeList }), oddValue),
        ),
      },
      { weight: 3, arbitrary: fc.tuple(fc.constant("PublishEvent"), fc.oneof(publishPayload, oddValue)) },
      { weight: 1, arbitrary: fc.tuple(fc.string({ maxLength: 80 }), oddValue) },
    ),
  )
  .map(([requestId, [type, payload]]) => [0, requestId, type, payload]);

const error = fc.record({
  code: fc.string({ maxLength: 10 }),
  message: fc.string({ maxLength: 10 }),
  retryable: fc.boolean(),
});
const timings = fc.dictionary(eventType, fc.tuple(count, count, count), { maxKeys: 3 });
const log = fc
  .tuple(
    mostly(fc.constantFrom("trace", "debug", "info", "warn", "error")),
    fc.string({ maxLength: 20 }),
    fc.oneof(fc.string({ maxLength: 40 }), fc.constant("y".repeat(20_000))),
    count,
    fc.oneof(
      fc.dictionary(fc.string({ maxLength: 5 }), oddValue, { maxKeys: 3, noNullPrototype: true }),
      oddValue,
    ),
  )
  .map((parts): readonly unknown[] => [3, ...parts]);

/** Messages that a module may send; most of them right, the others wrong in a field. Acknowledgements are drawn apart. */
export const messageFromModule: fc.Arbitrary<readonly unknown[]> = fc.oneof(
  { weight: 8, arbitrary: request },
  { weight: 4, arbitrary: log },
  { weight: 1, arbitrary: fc.tuple(id, oddValue).map(([n, value]) => [5, n, true, value]) },
  { weight: 1, arbitrary: fc.tuple(id, error).map(([n, value]) => [5, n, false, value]) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(8, 9), mostly(count)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant(7), fc.constant(0), mostly(timings)),
  },
);

/** Messages that only a host may send. */
export const messageFromHost: fc.Arbitrary<readonly unknown[]> = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(count, oddValue).map(([n, value]) => [1, n, true, value]) },
  { weight: 2, arbitrary: fc.tuple(count, error).map(([n, value]) => [1, n, false, value]) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(count, count, eventType, oddValue, fc.string({ maxLength: 8 }))
      .map(([seq, timestampMs, type, payload, source]) => [2, seq, timestampMs, type, payload, source]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(count, fc.constantFrom("stop", "health", "cli", "nothing"), oddValue)
      .map(([n, kind, payload]) => [4, n, kind, payload]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(count, count, count, fc.constantFrom("channel_full", "serialization", "other"))
      .map((parts) => [6, ...parts]),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(8, 9), count) },
);

/** Bit sets as plain integers, which is all that this side can write. */
function withoutBigInts(payload: object): unknown {
  return Object.fromEntries(
    Object.entries(payload).map(([key, value]) => [key, typeof value === "bigint" ? Number(value) : value]),
  );
}
