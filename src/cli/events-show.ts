import type { Command } from "commander";
import {
  type EventCriticality,
  type EventType,
  eventDefinition,
  eventJsonSchema,
  eventTypes,
  type FieldDefinition,
  isEventType,
  nearestName,
  publishedWhen,
  publisherNames,
} from "../events/index.js";
import { cliErrors } from "./errors.js";
import { type Output, print, printJson } from "./output.js";
import { renderTable, wrap } from "./table.js";

/** `events show TYPE`: prints one event's description and fields; needs no host. */
export function addEventsShowCommand(events: Command, output: Output): void {
  events
    .command("show")
    .description("show one event type with its fields; no host is needed")
    .argument("<type>", "event type")
    .option("--json", "print one JSON object, with the JSON Schema of the envelope")
    .addHelpText(
      "after",
      `
Examples:
  blvm-streams events show NewBlock
  blvm-streams events show NewBlock --json | jq .schema`,
    )
    .action((name: string, { json = false }: { readonly json?: boolean }) => show(name, json, output));
}

async function show(name: string, isJson: boolean, output: Output): Promise<void> {
  if (!isEventType(name)) {
    throw cliErrors.CLI_UNKNOWN_EVENT_TYPE({ type: name, nearest: nearestName(name, eventTypes) });
  }
  const { type, category, description, since, owner, critical, aliasOf, fields } = eventDefinition(name);
  if (isJson) {
    await printJson(output, {
      type,
      category,
      description,
      since,
      owner,
      critical,
      published_by: publications(name),
      ...(aliasOf === undefined ? {} : { alias_of: aliasOf }),
      fields: fields.map(fieldJson),
      schema: eventJsonSchema(name),
    });
    return;
  }
  const facts = [
    `${type}${aliasOf === undefined ? "" : ` (deprecated, stands for ${aliasOf})`}`,
    ...wrap(description, output.columns ?? Number.POSITIVE_INFINITY),
    "",
    `category ${category}, published by ${owner}s, critical ${criticalText(critical)}, since ${since}`,
    "",
  ];
  await print(output, `${facts.join("\n")}\n`);
  if (owner === "node" && aliasOf === undefined) await printPublishers(name, output);
  if (fields.length === 0) {
    await print(output, "no fields\n");
    return;
  }
  const titles = ["FIELD", "TYPE", "UNIT", "DESCRIPTION"];
  const rows = fields.map((field) => [field.name, typeText(field), field.unit ?? "", descriptionText(field)]);
  await print(
    output,
    renderTable(
      titles.map((title) => ({ title })),
      rows,
      output.columns,
    ),
  );
}

/** When each publisher publishes the type; null where one never does. Modules alone publish what is theirs. */
function publications(type: EventType): Readonly<Record<string, string | null>> {
  const { owner, aliasOf } = eventDefinition(type);
  if (owner === "module" || aliasOf !== undefined) return {};
  return Object.fromEntries(publisherNames.map((name) => [name, publishedWhen(name, type) ?? null]));
}

async function printPublishers(type: EventType, output: Output): Promise<void> {
  const byHost = publishedWhen("host", type);
  const rows =
    byHost === undefined
      ? publisherNames
          .filter((name) => name !== "host")
          .map((name) => [name, publishedWhen(name, type) ?? "not published by this source"])
      : [["host", byHost]];
  const titles = ["SOURCE", "PUBLISHED WHEN"].map((title) => ({ title }));
  await print(output, `${renderTable(titles, rows, output.columns)}\n`);
}

function fieldJson({ name, type, optional, description, unit, allowed, open }: FieldDefinition) {
  const values =
    allowed === undefined ? {} : open === true ? { known_values: allowed } : { allowed_values: allowed };
  return { name, type, optional, description, ...(unit === undefined ? {} : { unit }), ...values };
}

function typeText({ type, optional, bitSet }: FieldDefinition): string {
  return `${type}${bitSet === true ? " (bits)" : ""}${optional ? ", optional" : ""}`;
}

function descriptionText({ description, allowed, open }: FieldDefinition): string {
  if (allowed === undefined) return description;
  return `${description} ${open === true ? "Known values" : "Values"}: ${allowed.join(", ")}.`;
}

function criticalText(critical: EventCriticality): string {
  return typeof critical === "string" ? critical : `when ${critical.field} is ${critical.equals}`;
}
