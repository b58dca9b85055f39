import { streamReference } from "../../dist/streams/index.js";
import { anchor, code, table } from "./markdown/table.mjs";

/** docs/streams.md: what a stream's file may say, every kind of step and sink, and how streams are tested. */
export const page = {
  path: "docs/streams.md",
  source: "src/streams",
  render() {
    const { file, steps, sinks } = streamReference();
    const [stream, ...sources] = file;
    return [
      "# Streams",
      INTRODUCTION,
      contents("Steps", steps),
      contents("Sinks", sinks),
      "## The file",
      optionTables(stream),
      FILE_RULES,
      "## Sources",
      SOURCES,
      ...sources.flatMap((part) => [`### ${part.kind}`, optionTables(part)]),
      "## Steps",
      STEPS,
      ...steps.map(kindSection),
      "## Sinks",
      SINKS,
      ...sinks.map(kindSection),
      TESTS,
    ].join("\n\n");
  },
};

const INTRODUCTION = `\
A stream is a file that says what becomes of events: where they come from, the steps that each of them takes, and where the
outcome goes. It runs in the host, or from a recording without one.

\`\`\`yaml
version: 1
name: large-fee
source: { events: [MempoolTransactionAdded] }
steps:
  - { id: big, filter: 'event.payload.fee_rate > 50.0' }
sinks:
  - { id: log, stdout: { format: ndjson } }
tests:
  - name: passes what pays more than fifty
    marbles: { source: 'ab|', at: { big: 'a-|' } }
    values:
      a: { type: MempoolTransactionAdded, payload: { fee_rate: 60.0 } }
      b: { type: MempoolTransactionAdded, payload: { fee_rate: 10.0 } }
\`\`\`

Every item goes through all steps before the next one enters, and reaches the sinks in their order. Nothing holds up whoever
publishes: a sink that is too slow loses items by its policy, and only \`block\` makes its own stream wait, behind the source's
\`buffer\`. Everything that is lost is counted where it was lost.`;

const FILE_RULES = `\
A file is YAML 1.2, at most 256 KiB, 10,000 lines and 32 levels. Anchors, aliases, tags, directives, merge keys, repeated keys and
further documents are refused, and so is every key that is not listed here. An error names file, line and column, what was
found, what is allowed and the nearest name; all that is wrong is told at once (\`STREAM_INVALID\`). Editors take the JSON Schema
that \`blvm-streams streams schema\` prints.

Ids are 1 to 40 of \`a-z\`, \`0-9\`, \`_\` and \`-\`, begin with a letter, and stand once in a stream; \`source\` is taken. Durations are
written \`250ms\`, \`5s\`, \`10m\`, \`2h\`, \`1d\`, up to 30 days. At most 50 steps and 20 sinks.`;

const SOURCES = `\
A source is one of these. What its items are decides how expressions name them: an event is \`event\`, a list of events \`events\`, what
a step made \`value\`, a list of such \`values\` (see expressions.md). A generator gives \`{n, at_ms}\`, counted from 1.

A recording waits for its stream: the next item is taken when there is room.`;

const STEPS = `\
A step is \`{ id, KIND: options }\`. With \`on_error: fail\` an expression that fails ends the stream instead of losing its item; a
\`catch\` behind it may go on. A step that fails ends its own stream and nothing else.

With \`on_reload: carry\`, a step whose kind, options and input are the same in the changed file takes over what it held.`;

const SINKS = `\
A sink is \`{ id, KIND: options, buffer: { capacity: 1000, policy: drop_newest } }\`. It gets one item after another, in order, from
a buffer of its own. When that is full, \`drop_newest\` loses what comes, \`drop_oldest\` what has waited longest, and \`block\` holds up
its stream. \`in = out + dropped + errors + held\` at every moment. A stream that ends by itself gives its sinks 30 s to write
what they hold.`;

const TESTS = `\
## Tests

\`tests\` are run in virtual time on the real steps, and nothing is written: an hour takes no time. Each is
\`{ name, marbles: { source, at, sinks }, values, outputs, answers, counts }\`.

- In a diagram one column is a millisecond: \`-\` is nothing, a letter or digit an item, \`|\` the end, \`#\` an error, \`(ab)\` several at
  the column of the bracket, \`10m\` between blanks a jump. Blanks are padding.
- \`source\` is what comes. Its letters stand in \`values\`: a type, and the fields of the payload that differ from the type's example.
  Raw data is hex, a bit set a decimal text.
- \`at\` is what leaves a step or reaches a sink, by id; \`sinks\` the same for sinks alone. Its letters stand in \`values\` or \`outputs\`; an
  event inside of an output is named by its letter.
- \`answers\` are what the node answers, by method. \`counts\` are a step's \`in\`, \`out\`, \`dropped\`, \`errors\`, \`held\` at the end.
- The run ends with the longest diagram. A test that asserts nothing (no item, no end, no count) is refused: it would pass
  whatever the stream does.`;

function contents(heading, parts) {
  return `${heading}: ${parts.map(({ kind }) => `[${kind}](#${anchor(kind)})`).join(", ")}.`;
}

function kindSection({ kind, docs, value, forms }) {
  return [
    `### ${kind}`,
    docs.summary,
    `\`\`\`yaml\n${docs.example}\n\`\`\``,
    ...(value === undefined ? [] : [`Takes ${value.allowed}.`]),
    ...(forms.length === 0 ? [] : [optionTables({ forms })]),
    [
      `- Order: ${docs.ordering}`,
      `- Memory: ${docs.memory}`,
      `- At the end: ${docs.onComplete}`,
      `- On an error: ${docs.onError}`,
    ].join("\n"),
  ].join("\n\n");
}

function optionTables({ forms }) {
  const tables = forms.map((options) =>
    table(
      ["key", "value", "unit", "default", "meaning"],
      options.map(({ key, allowed, unit, defaultValue, description }) => [
        code(key),
        shortened(allowed),
        unit ?? "",
        defaultValue === undefined ? "" : code(JSON.stringify(defaultValue)),
        description,
      ]),
    ),
  );
  return tables.join("\n\nor\n\n");
}

/** What stands in every other row is said once, above; a list of all event types says nothing here. */
function shortened(allowed) {
  if (allowed.endsWith("(ms|s|m|h|d)$")) return "a duration";
  return allowed.length <= 400 ? allowed : "event types (events.md)";
}
