import type { z } from "zod";
import { nearestName } from "../../events/index.js";
import type { ProblemList } from "./problem-list.js";
import { didYouMean, schemaFaults, unknownKey } from "./schema-faults.js";
import type { FilePath } from "./stream-problem.js";
import { streamId } from "./stream-schema.js";
import { described, shown } from "./yaml-text.js";

/** One entry of `steps` or `sinks`: its id, its kind, what stands behind the kind, and what else it says. */
export interface StreamEntry<Definition> {
  readonly id: string;
  readonly definition: Definition;
  readonly options: unknown;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The path of what stands behind the kind. */
  readonly path: FilePath;
}

/** What `ids` already holds, and the name of the source, can't be used again. */
const RESERVED_ID = "source";

/**
 * Reads one entry `{ id, <kind>: options, …settings }`. What is wrong is added to the problems.
 * @returns undefined when the kind or its options can't be told
 */
export function readEntry<Definition extends { readonly kind: string; readonly options: z.ZodType }>(
  entry: unknown,
  path: FilePath,
  about: {
    readonly what: "step" | "sink";
    readonly definitions: readonly Definition[];
    readonly settings: Readonly<Record<string, z.ZodType>>;
    readonly ids: Set<string>;
    readonly problems: ProblemList;
  },
): StreamEntry<Definition> | undefined {
  const { what, definitions, problems } = about;
  const kinds = definitions.map(({ kind }) => kind);
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    problems.add(path, { found: described(entry), allowed: `a ${what} such as { id: …, ${kinds[0]}: … }` });
    return undefined;
  }
  const fields = new Map(Object.entries(entry));
  const id = readId(fields, path, about.ids, problems);
  const settings = readSettings(fields, path, about.settings, problems);
  const ownKeys = ["id", ...Object.keys(about.settings)];
  const others = [...fields.keys()].filter((key) => !ownKeys.includes(key));
  const [kind, ...more] = others.filter((key) => kinds.includes(key));
  for (const key of others.filter((one) => !kinds.includes(one)))
    problems.addAtKey([...path, key], unknownKind(key, kinds, ownKeys, what));
  for (const key of more)
    problems.addAtKey([...path, key], {
      found: `${kind} and ${key} in one ${what}`,
      allowed: `one kind in a ${what}`,
      hint: `make two ${what}s of it`,
    });
  if (kind === undefined && others.length === 0)
    problems.add(path, { found: `a ${what} without a kind`, allowed: kinds.join(", ") });
  const definition = definitions.find((known) => known.kind === kind);
  if (kind === undefined || definition === undefined || more.length > 0) return undefined;
  const options = fields.get(kind);
  const faults = schemaFaults(definition.options, options);
  problems.addAll([...path, kind], faults);
  return faults.length > 0 ? undefined : { id, definition, options, settings, path: [...path, kind] };
}

function readId(
  fields: ReadonlyMap<string, unknown>,
  path: FilePath,
  ids: Set<string>,
  problems: ProblemList,
): string {
  const id = fields.get("id");
  const at = [...path, "id"];
  if (id === undefined)
    problems.add(path, { found: "no id", allowed: "an id, which is its label in metrics" });
  else if (ids.has(id as string))
    problems.add(at, { found: `id ${shown(id)} a second time`, allowed: "each id once in a stream" });
  else if (id === RESERVED_ID)
    problems.add(at, {
      found: "id source",
      allowed: "another id",
      hint: "source is the stream's source itself",
    });
  else problems.addAll(at, schemaFaults(streamId, id));
  if (typeof id !== "string") return "";
  ids.add(id);
  return id;
}

function readSettings(
  fields: ReadonlyMap<string, unknown>,
  path: FilePath,
  schemas: Readonly<Record<string, z.ZodType>>,
  problems: ProblemList,
): Readonly<Record<string, unknown>> {
  const settings: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(schemas)) {
    const faults = schemaFaults(schema, fields.get(key));
    problems.addAll([...path, key], faults);
    settings[key] = faults.length > 0 ? undefined : schema.parse(fields.get(key));
  }
  return settings;
}

function unknownKind(key: string, kinds: readonly string[], ownKeys: readonly string[], what: string) {
  const kind = nearestName(key, kinds);
  const fault = unknownKey(key, [...kinds, ...ownKeys]);
  return { ...fault, found: `${what} ${shown(key)}`, ...(kind !== undefined && { hint: didYouMean(kind) }) };
}
