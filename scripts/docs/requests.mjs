import { anchor, code, table } from "./markdown/table.mjs";

/** docs/requests.md: every request of the table, by domain, and who may send what. */
export const page = {
  path: "docs/requests.md",
  source: "src/requests",
  async render() {
    const { z } = await import("zod");
    const { requestDefinition, requestDomains, requestNames } = await import("../../dist/requests/index.js");
    const { capabilities } = await import("../../dist/manifest/index.js");
    const domains = Object.entries(requestDomains).map(([domain, requests]) => ({
      domain,
      names: Object.keys(requests),
    }));
    const requests = requestNames.map((name) => ({ name, ...requestDefinition(name) }));
    const describe = (name) => entry(name, requestDefinition(name), z);
    return [
      introduction(requestNames.length),
      contents(domains),
      permissions(requests, capabilities),
      ...domains.map(({ domain, names }) => [`## ${title(domain)}`, ...names.map(describe)].join("\n\n")),
    ].join("\n\n");
  },
};

const COMMON_ERRORS = [
  "UNKNOWN_REQUEST",
  "PERMISSION_DENIED",
  "INVALID_PARAMS",
  "RANGE_ERROR",
  "RATE_LIMITED",
  "TOO_MANY_REQUESTS",
  "DUPLICATE_ID",
  "ANSWER_TOO_LARGE",
  "INTERNAL_ERROR",
];

/** A limit that is the type's own needs no word. */
const MAX_U32 = 2 ** 32 - 1;

function introduction(count) {
  const common = COMMON_ERRORS.map((name) => errorLink(name)).join(", ");
  return `# Requests

What a module may ask of its node: ${count} requests, each with the method of ${code("module.nodeApi")} that sends it. Requests run side by
side and are answered as they finish. Every method takes ${code("{ timeoutMs, signal }")} as its last argument; a request without an answer in
time rejects with ${errorLink("DEADLINE")}, and its late answer is dropped.

- **Permission** is the capability that the module's ${code("module.toml")} must declare. A refused request has no effect.
- Fields that are marked optional may be left out; nil reads as absent. Fields that a request doesn't have are ignored.
- An integer that its field can't hold is refused with ${code("RANGE_ERROR")}, anything else that doesn't fit with ${code("INVALID_PARAMS")}; both name
  the field.
- The types are those of [the events](events.md); ${code("i64")} is a signed integer of at most 2^53 - 1.
- Every request may also be refused with ${common}.`;
}

function contents(domains) {
  const lines = domains.map(({ domain, names }) => {
    const links = names.map((name) => `[${name}](#${anchor(name)})`).join(", ");
    return `- [${title(domain)}](#${anchor(title(domain))}): ${links}`;
  });
  return lines.join("\n");
}

function permissions(requests, capabilities) {
  const rows = capabilities.flatMap(({ name, description, isDefault }) => {
    const allowed = requests.filter(({ permission }) => permission === name).map((request) => request.name);
    if (allowed.length === 0) return [];
    const links = allowed.map((request) => `[${request}](#${anchor(request)})`).join(", ");
    return [[code(name), isDefault ? "yes" : "", `${description}: ${links}`]];
  });
  const free = requests.filter(({ permission }) => permission === undefined).map(({ name }) => name);
  return [
    "## Permissions",
    "What each capability allows. A manifest that says nothing has the defaults.",
    table(["Capability", "Default", "A module that has it may"], rows),
    `Without any: ${free.map((name) => `[${name}](#${anchor(name)})`).join(", ")}.`,
  ].join("\n\n");
}

function entry(name, { about, permission, errors = [], input, answer, call }, z) {
  const facts = [permission === undefined ? "No permission needed" : `Permission: ${code(permission)}`];
  if (errors.length > 0) facts.push(`errors: ${errors.map(errorLink).join(", ")}`);
  const fields = fieldsOf(jsonSchema(input(), z));
  return [
    `### ${name}`,
    about,
    facts.join(" · "),
    `${code(`nodeApi.${methodName(name)}(${parameters(call)})`)}`,
    fields.length === 0 ? "No fields." : table(["Field", "Type", "Unit", "Meaning"], fields),
    ...answerParts(jsonSchema(answer(), z)),
  ].join("\n\n");
}

/** The schema with what its builders noted of each field; what JSON can't say stands there as anything. */
function jsonSchema(schema, z) {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" });
}

function methodName(name) {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The names of a function's parameters, as its source has them. */
function parameters(call) {
  const source = call.toString();
  return source
    .slice(source.indexOf("(") + 1, source.indexOf(")"))
    .replace(/\s+/g, " ")
    .trim();
}

/** A row for each field; what is within a map or a list of maps follows with rows of its own. */
function fieldsOf(schema, prefix = "") {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    const [only, ...others] = variantsOf(field);
    const map = others.length === 0 && only?.properties !== undefined ? only : undefined;
    const items = only?.items?.properties === undefined ? undefined : only.items;
    const type = map !== undefined ? "map" : items !== undefined ? "list of maps" : typeText(field);
    const isOptional = field.optional === true || !required.has(key) || mayBeNil(field);
    const meaning = [field.description ?? "", limitText(field)].filter((part) => part !== "").join("; ");
    return [
      [code(name), `${type}${isOptional ? ", optional" : ""}`, field.unit ?? "", meaning],
      ...(map === undefined ? [] : fieldsOf(map, `${name}.`)),
      ...(items === undefined ? [] : fieldsOf(items, `${name}[].`)),
    ];
  });
}

function mayBeNil({ type, anyOf = [] }) {
  return typesOf(type).includes("null") || anyOf.some((variant) => variant.type === "null");
}

function typesOf(type) {
  return Array.isArray(type) ? type : [type];
}

/** The schemas of which one holds, without nil: a field that may be nil is told as optional. */
function variantsOf(schema) {
  const variants = schema.anyOf ?? schema.oneOf ?? [schema];
  const told = variants.filter(({ type }) => type !== "null");
  return told.length === 1 && told[0] !== schema ? variantsOf(told[0]) : told;
}

function typeText(schema) {
  const variants = variantsOf(schema);
  if (schema.wire !== undefined && schema.wire !== "list") return code(schema.wire);
  return variants.map(variantText).join(" or ");
}

/** What JSON Schema names differently, where a field's builder noted no name. */
const WIRE_NAMES = { boolean: "bool", integer: "u64", number: "f64" };

function variantText(schema) {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((word) => code(JSON.stringify(word))).join(" or ");
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(typeText).join(", ")}]`;
  if (schema.items !== undefined) return `list of ${typeText(schema.items)}`;
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) return typeText(schema);
  if (schema.wire !== undefined) return code(schema.wire);
  if (schema.properties !== undefined) {
    const keys = Object.entries(schema.properties).map(([key, field]) => `${key}: ${typeText(field)}`);
    return `{ ${keys.join(", ")} }`;
  }
  if (schema.additionalProperties !== undefined) return `map of ${typeText(schema.additionalProperties)}`;
  const [type] = typesOf(schema.type).filter((name) => name !== "null");
  return type === undefined ? "any value" : code(WIRE_NAMES[type] ?? type);
}

function limitText(schema) {
  const [only] = variantsOf(schema);
  if (only === undefined) return "";
  const { enum: words, minimum, maximum, maxLength, maxItems } = only;
  if (words !== undefined && schema.wire !== undefined) return `one of ${words.map(code).join(", ")}`;
  if (maxLength !== undefined)
    return `at most ${maxLength === 1 ? "1 character" : `${whole(maxLength)} characters`}`;
  if (maxItems !== undefined) return `at most ${whole(maxItems)} items`;
  if (maximum === undefined || maximum >= MAX_U32) return minimum > 0 ? `from ${whole(minimum)}` : "";
  return minimum === maximum ? `only ${whole(maximum)}` : `${whole(minimum ?? 0)} to ${whole(maximum)}`;
}

function answerParts(schema) {
  if (schema.wire === "unit") return ["Answer: nothing."];
  const [only, ...others] = variantsOf(schema);
  const record = only?.properties === undefined ? only?.items : only;
  const isRecord = others.length === 0 && record?.properties !== undefined;
  const type = !isRecord ? typeText(schema) : record === only ? "map" : "list of maps";
  const about = (schema.description ?? "") === "" ? "" : `, ${schema.description}`;
  const unit = schema.unit === undefined ? "" : ` in ${schema.unit}`;
  const orNothing = schema.optional === true ? ", or nothing" : "";
  return [
    `Answer: ${type}${about}${unit}${orNothing}.`,
    ...(isRecord ? [table(["Field", "Type", "Unit", "Meaning"], fieldsOf(record))] : []),
  ];
}

function errorLink(name) {
  return `[${code(name)}](errors.md#${anchor(name)})`;
}

function whole(value) {
  return value.toLocaleString("en");
}

function title(domain) {
  return domain === "rpc" ? "RPC and commands" : domain.charAt(0).toUpperCase() + domain.slice(1);
}
