import {
  DEFAULT_LIMIT_STEPS,
  expressionFunctions,
  MAX_SOURCE_CHARACTERS,
} from "../../dist/expressions/index.js";
import { code, table } from "./markdown/table.mjs";

export const page = {
  path: "docs/expressions.md",
  source: "src/expressions/functions and this page's own text",
  render() {
    const rows = expressionFunctions.map(({ signatures, about, example }) => [
      signatures.map(code).join("<br>"),
      about,
      code(example),
    ]);
    return [INTRODUCTION, table(["function", "meaning", "true of it"], rows), TRAPS].join("\n\n");
  },
};

const INTRODUCTION = `\
# Expressions

Filters of subscriptions and the steps of streams are written in [CEL](https://cel.dev), with some functions of their own.
An expression has no effect but its result. It is checked once, against the events that can reach it: a field that none of
them has, a wrong type, an unknown name are told with their place before anything runs.

\`\`\`
event.payload.fee_rate > 50.0 && event.source == "node"
has(event.payload.reason) && regex(event.payload.reason, "^(timeout|reset)")
{"n": size(events), "top": max(events.map(e, e.payload.fee_rate))}
\`\`\`

| where | name | what it is |
|---|---|---|
| one event | \`event\` | \`event.seq\`, \`event.type\`, \`event.timestamp_ms\`, \`event.source\`, \`event.payload.FIELD\` ([events.md](events.md)) |
| a list of events | \`events\` | what a window or a batch collected |
| data that a step made | \`value\`, \`values\` | one, or a list |

Numbers of events are doubles, except bit sets, which are ints of 64 bits; hashes are text of 64 lower-case hex
characters; raw data is bytes. Operators: \`+ - * / %\`, \`== != < <= > >=\`, \`in\`, \`&& || !\`, \`a ? b : c\`, \`a.b\`,
\`a["b"]\`, \`[1, 2]\`, \`{"a": 1}\`. Ints and doubles mix in all of them. Over lists, and over the keys of maps:
\`all\`, \`exists\`, \`exists_one\`, \`filter\`, \`map\`, as in \`events.exists(e, e.payload.fee_rate > 50.0)\`. \`has(event.payload.reason)\` asks
whether an optional field is there; \`cel.bind(x, VALUE, EXPRESSION)\` gives a value a name.

## Functions`;

const TRAPS = `\
Others of CEL's (\`matches\`, timestamps, durations, unsigned ints) are refused by name.

## Traps

- The root is \`event\`: \`type == "NewBlock"\` is refused, \`event.type == "NewBlock"\` is meant.
- Two ints divide to an int: \`7 / 2\` is 3, \`7.0 / 2\` is 3.5. Both branches of \`a ? b : c\` have the same type: write
  \`1.0\` beside a double.
- A field that is missing fails the evaluation: guard it with \`has(…)\`. Where events of several types arrive, so does a
  field that only some of them have.
- \`a || b\` is true when one side is, also when the other side fails; \`a && b\` likewise false.
- \`matches\` can take years on a short text. \`regex(text, pattern)\` is RE2, in time linear in the text: no look-around, no
  back references, a literal pattern.
- Texts are indexed and cut by UTF-16 units; \`size\` counts characters.
- Results are data: ints are numbers where a number holds them exactly. NaN, the infinities, ints beyond 64 bits, more than
  64 levels, and the key \`__proto__\` are refused.

## Limits

| what | limit | beyond it |
|---|---|---|
| source | ${MAX_SOURCE_CHARACTERS} characters | \`EXPRESSION_INVALID\` |
| syntax tree | 500 nodes, 64 levels, 200 elements of a list, 100 of a map | \`EXPRESSION_INVALID\` |
| patterns | 4 of 128 characters and 500 instructions each | \`EXPRESSION_INVALID\` |
| one evaluation | ${DEFAULT_LIMIT_STEPS.toLocaleString("en-US")} steps (a filter of a subscription: 20,000) | \`EXPRESSION_TOO_COSTLY\` |

A step is about one node that is looked at, some 50 ns. Loops count each round; work that grows with text and lists counts
their size before it is done. So an evaluation ends within some 10 ms whatever it is given.`;
