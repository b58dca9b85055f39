import { anchor, code, table } from "./markdown/table.mjs";

/** docs/events.md: every event of the catalogue, by category. */
export const page = {
  path: "docs/events.md",
  source: "src/events",
  async render() {
    const catalogue = await import("../../dist/events/index.js");
    const { eventCategories, eventDefinition, eventTypes } = catalogue;
    const definitions = eventTypes.map((type) => eventDefinition(type));
    const byCategory = eventCategories.map((category) => ({
      category,
      events: definitions.filter((definition) => definition.category === category),
    }));
    return [
      introduction(definitions, catalogue),
      contents(byCategory),
      ...byCategory.map(({ category, events }) => section(category, events, catalogue)),
    ].join("\n\n");
  },
};

function introduction(definitions, { exampleEvent, toJson }) {
  const aliases = definitions.filter(({ aliasOf }) => aliasOf !== undefined);
  const envelope = toJson({
    seq: 1042,
    type: "MempoolTransactionAdded",
    payload: exampleEvent("MempoolTransactionAdded"),
    timestamp_ms: 1713571767000,
    source: "node",
  });
  return `# Events

${definitions.length} event types: ${definitions.length - aliases.length} that are published, and ${aliases.length} deprecated names that are accepted in a subscription. Each event travels in an envelope:

\`\`\`json
${JSON.stringify(envelope, null, 2)}
\`\`\`

- ${code("seq")} counts all events of a host, from 1, without a gap. ${code("source")} is ${code("node")}, ${code("module:<name>")} or ${code("stream:<name>")}.
- **Owner** says who may publish the type. A module can't publish an event of the node.
- **Critical** events may use slots of a module's channel that are reserved for them, so that a flood of others can't push them out.
- Readers ignore keys that they don't know. Writers leave an optional field out; readers also take nil for absent.

${table(
  ["Type", "Values", "In TypeScript", "In JSON"],
  [
    [code("hash32"), "64 lower-case hex characters, in display order", code("string"), "string"],
    [code("bytes"), "raw data", code("Uint8Array"), "lower-case hex"],
    [code("string"), "Unicode text, without lone surrogates", code("string"), "string"],
    [code("bool"), "true or false", code("boolean"), "boolean"],
    [code("u8"), "integer, 0 to 255", code("number"), "number"],
    [code("u32"), "integer, 0 to 4,294,967,295", code("number"), "number"],
    [
      `${code("u64")}, ${code("usize")}`,
      "integer, 0 to 9,007,199,254,740,991 (2^53 - 1)",
      code("number"),
      "number",
    ],
    [`${code("u64")} (bit set)`, "64 flags, 0 to 2^64 - 1", code("bigint"), "decimal string"],
    [code("f64"), "any finite number", code("number"), "number"],
    [code("list<string>"), "texts", code("readonly string[]"), "array of strings"],
  ],
)}

An integer or number outside these values is refused with ${code("RANGE_ERROR")}, anything else that doesn't fit with ${code("INVALID_PARAMS")}; both name the field.`;
}

function contents(byCategory) {
  const lines = byCategory.map(({ category, events }) => {
    const names = events.map(({ type }) => code(type)).join(", ");
    return `- [${category}](#${anchor(category)}): ${names}`;
  });
  return lines.join("\n");
}

function section(category, events, catalogue) {
  return [`## ${category}`, ...events.map((definition) => entry(definition, catalogue))].join("\n\n");
}

/** Who publishes it and when; what only modules publish says so by its owner. */
function publication({ type, owner, aliasOf }, { publishedWhen, publisherNames }) {
  if (owner === "module" || aliasOf !== undefined) return [];
  const byHost = publishedWhen("host", type);
  if (byHost !== undefined) return [`Published by the host: ${lowerFirst(byHost)}`];
  const sources = publisherNames.filter((name) => name !== "host");
  const told = sources.filter((name) => publishedWhen(name, type) !== undefined);
  if (told.length === 0) return ["Not published by any source yet; a module may still subscribe to it."];
  const rows = sources.map((name) => [
    code(name),
    publishedWhen(name, type) ?? "not published by this source",
  ]);
  return [table(["Chain source", "Published when"], rows)];
}

function lowerFirst(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function entry(definition, catalogue) {
  const { exampleEvent, toJson } = catalogue;
  const { type, description, owner, aliasOf, fields, since } = definition;
  const facts = [`Owner: ${owner}`, `critical: ${criticality(definition)}`, `since ${since}`];
  if (aliasOf !== undefined) facts.unshift(`Alias of [${aliasOf}](#${anchor(aliasOf)})`);
  const parts = [`### ${type}`, description, facts.join(" · "), ...publication(definition, catalogue)];
  if (fields.length === 0) return [...parts, "No fields."].join("\n\n");
  const example = toJson({ seq: 1, type, payload: exampleEvent(type), timestamp_ms: 0, source: "node" });
  return [...parts, fieldTable(fields), `\`\`\`json\n${JSON.stringify(example.payload)}\n\`\`\``].join(
    "\n\n",
  );
}

function criticality({ critical }) {
  if (typeof critical === "string") return critical;
  return `when ${code(critical.field)} is ${code(critical.equals)}`;
}

function fieldTable(fields) {
  const rows = fields.map(({ name, type, optional, description, unit, allowed, open, bitSet }) => [
    code(name),
    `${code(type)}${bitSet ? " (bit set)" : ""}${optional ? ", optional" : ""}`,
    unit ?? "",
    [description, allowedValues(allowed, open)].filter((part) => part !== "").join(" "),
  ]);
  return table(["Field", "Type", "Unit", "Meaning"], rows);
}

function allowedValues(allowed, open) {
  if (allowed === undefined) return "";
  return `${open ? "Known values, others may come" : "One of"}: ${allowed.map(code).join(", ")}.`;
}
