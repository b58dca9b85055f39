import { z } from "zod";
import type { EventCategory } from "./event-category.js";
import type { EventField, FieldDescription } from "./event-field.js";

/** Who may publish a type. A type of `node` can't be forged by a module. */
export type EventOwner = "node" | "module";

/**
 * Whether an event may use the slots reserved for critical events:
 * always, never, or when the named payload field holds that value.
 */
export type EventCriticality = "always" | "never" | { readonly field: string; readonly equals: string };

export interface FieldDefinition extends FieldDescription {
  readonly name: string;
}

/** Everything the catalogue says about one event type. */
export interface EventDefinition<Type extends string = string, Schema extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly category: EventCategory;
  readonly description: string;
  /** First version of this package that knows the type. */
  readonly since: string;
  readonly owner: EventOwner;
  readonly critical: EventCriticality;
  /** Set on a deprecated name: subscribing to it subscribes to this type, and it is never published. */
  readonly aliasOf?: string;
  readonly fields: readonly FieldDefinition[];
  /** Accepts the exact TypeScript form of the payload; `parsePayload` also takes the forms that the wire allows. */
  readonly schema: Schema;
}

type FieldTable = Readonly<Record<string, EventField>>;
type ShapeOf<Fields extends FieldTable> = {
  -readonly [Name in keyof Fields]: ReturnType<Fields[Name]["buildSchema"]>;
};

type CriticalWhen<Fields extends FieldTable> = {
  [Name in keyof Fields & string]: {
    readonly field: Name;
    readonly equals: z.output<ReturnType<Fields[Name]["buildSchema"]>> & string;
  };
}[keyof Fields & string];

interface EventSpec<Fields extends FieldTable> {
  readonly owner: EventOwner;
  readonly critical: "always" | "never" | CriticalWhen<Fields>;
  readonly since: string;
  readonly description: string;
  readonly aliasOf?: string;
  readonly fields: Fields;
}

interface NamelessEvent<Schema extends z.ZodObject = z.ZodObject>
  extends Omit<EventDefinition, "type" | "category" | "schema"> {
  readonly buildSchema: () => Schema;
}

/** Describes one event; `defineEvents` gives it its name and category. */
export function event<const Fields extends FieldTable>(
  spec: EventSpec<Fields>,
): NamelessEvent<z.ZodObject<ShapeOf<Fields>, z.core.$strip>> {
  const entries = Object.entries<EventField>(spec.fields);
  const buildShape = () => Object.fromEntries(entries.map(([name, field]) => [name, field.buildSchema()]));
  return {
    ...spec,
    fields: entries.map(([name, { buildSchema: _buildSchema, ...description }]) => ({
      name,
      ...description,
    })),
    buildSchema: () => z.object(buildShape() as ShapeOf<Fields>),
  };
}

/** The events of one category, keyed by type, in the order in which the catalogue lists them. */
export function defineEvents<const Table extends Readonly<Record<string, NamelessEvent>>>(
  category: EventCategory,
  table: Table,
): DefinitionsOf<Table> {
  const named = Object.entries(table).map(([type, nameless]) => [type, nameEvent(type, category, nameless)]);
  return Object.fromEntries(named) as DefinitionsOf<Table>;
}

type DefinitionsOf<Table extends Readonly<Record<string, NamelessEvent>>> = {
  readonly [Type in keyof Table & string]: EventDefinition<Type, ReturnType<Table[Type]["buildSchema"]>>;
};

function nameEvent(type: string, category: EventCategory, nameless: NamelessEvent): EventDefinition {
  const { buildSchema, ...rest } = nameless;
  let schema: z.ZodObject | undefined;
  return {
    type,
    category,
    ...rest,
    get schema() {
      schema ??= buildSchema();
      return schema;
    },
  };
}
