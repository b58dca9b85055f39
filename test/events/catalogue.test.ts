import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  eventCatalogue,
  eventCategories,
  eventDefinition,
  eventTypes,
  isEventType,
  resolveAlias,
  typeIndex,
} from "../../src/events/index.js";

interface SpecField {
  readonly name: string;
  readonly type: string;
  readonly optional?: boolean;
  readonly enum?: readonly string[];
  readonly enum_open?: boolean;
}

interface SpecEvent {
  readonly name: string;
  readonly category: string;
  readonly deprecated_alias_of?: string;
  readonly fields: readonly SpecField[];
}

interface Spec {
  readonly counts: { readonly total_listed: number; readonly per_category: Readonly<Record<string, number>> };
  readonly events: readonly SpecEvent[];
}

interface Deviations {
  readonly events: Readonly<
    Record<string, { readonly optional?: boolean; readonly enum?: readonly string[] }>
  >;
  readonly owner: { readonly module: readonly string[] };
}

function readSpec<Document>(name: string): Document {
  return parse(readFileSync(new URL(`../fixtures/spec/${name}`, import.meta.url), "utf8")) as Document;
}

const spec = readSpec<Spec>("events.yaml");
const deviations = readSpec<Deviations>("deviations.yaml");

/** The facts of events.yaml with the amendments of deviations.yaml laid over them. */
const expected = spec.events.map((event) => ({
  type: event.name,
  category: event.category,
  aliasOf: event.deprecated_alias_of,
  fields: event.fields.map((field) => {
    const amended = { ...field, ...deviations.events[`${event.name}.${field.name}`] };
    return {
      name: amended.name,
      type: amended.type,
      optional: amended.optional ?? false,
      allowed: amended.enum,
      open: amended.enum_open ?? false,
    };
  }),
}));

function byType<Item extends { readonly type: string }>(items: readonly Item[]): Map<string, Item> {
  return new Map([...items].sort((a, b) => (a.type < b.type ? -1 : 1)).map((item) => [item.type, item]));
}

const actual = eventTypes.map((type) => {
  const { category, aliasOf, fields } = eventDefinition(type);
  return {
    type: type as string,
    category: category as string,
    aliasOf,
    fields: fields.map(({ name, type: fieldType, optional, allowed, open = false }) => ({
      name,
      type: fieldType as string,
      optional,
      allowed,
      open,
    })),
  };
});

describe("event catalogue", () => {
  it("reads the whole specification before it compares", () => {
    expect(expected).toHaveLength(125);
    expect(spec.counts.total_listed).toBe(expected.length);
    const amendedFields = Object.keys(deviations.events).filter((key) => key.includes("."));
    expect(amendedFields.length).toBeGreaterThanOrEqual(2);
    for (const key of amendedFields) {
      const [type, field] = key.split(".");
      expect(spec.events.find(({ name }) => name === type)?.fields.map(({ name }) => name)).toContain(field);
    }
  });

  it("has every event of the specification and no other", () => {
    expect([...eventTypes].sort()).toEqual(expected.map(({ type }) => type).sort());
  });

  it("agrees with the specification on each field, its type and values", () => {
    expect(byType(actual)).toEqual(byType(expected));
  });

  it("has the categories of the specification with as many events each", () => {
    const counted = Object.fromEntries(
      eventCategories.map((category) => [
        category,
        eventTypes.filter((type) => eventDefinition(type).category === category).length,
      ]),
    );
    expect(counted).toEqual(spec.counts.per_category);
  });

  it("gives to modules exactly the types that the deviations list", () => {
    const rules = deviations.owner.module;
    const wholeCategories = rules.flatMap((rule) => (rule.startsWith("all of ") ? [rule.slice(7)] : []));
    const ownedByModules = expected
      .filter(({ type, category }) => wholeCategories.includes(category) || rules.includes(type))
      .map(({ type }) => type);
    expect(ownedByModules.length).toBeGreaterThan(rules.length);
    const actuallyOwned = eventTypes.filter((type) => eventDefinition(type).owner === "module");
    expect([...actuallyOwned].sort()).toEqual(ownedByModules.sort());
  });

  it("marks every u64 bit set that the specification calls services", () => {
    const bitSets = eventTypes.flatMap((type) =>
      eventDefinition(type)
        .fields.filter(({ bitSet }) => bitSet)
        .map(({ name }) => `${type}.${name}`),
    );
    const services = expected.flatMap(({ type, fields }) =>
      fields.filter(({ name }) => name === "services").map(({ name }) => `${type}.${name}`),
    );
    expect(bitSets).toEqual(services);
  });

  it("describes every event and every field in a sentence", () => {
    for (const type of eventTypes) {
      const { description, fields, since } = eventDefinition(type);
      expect(description, type).toMatch(/^[A-Z].{15,}\.$/);
      expect(since, type).toMatch(/^\d+\.\d+\.\d+$/);
      for (const field of fields) expect(field.description, `${type}.${field.name}`).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("gives a unit to every field whose name ends in one", () => {
    const unitBySuffix = {
      _ms: "ms",
      _seconds: "s",
      _sats: "sat",
      _msats: "msat",
      _percent: "%",
      _bytes: "bytes",
      fee_rate: "sat/vB",
      height: "blocks",
      mempool_size: "transactions",
    };
    for (const type of eventTypes) {
      for (const { name, unit } of eventDefinition(type).fields) {
        const suffix = Object.entries(unitBySuffix).find(([ending]) => name.endsWith(ending));
        if (suffix !== undefined) expect(unit, `${type}.${name}`).toBe(suffix[1]);
      }
    }
  });

  it("lists the types category by category, and its keys in the same order", () => {
    const ranks = eventTypes.map((type) => eventCategories.indexOf(eventDefinition(type).category));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(Object.keys(eventCatalogue)).toEqual(eventTypes);
  });
});

describe("typeIndex", () => {
  it("numbers the types densely in catalogue order", () => {
    expect(eventTypes.map(typeIndex)).toEqual(eventTypes.map((_, index) => index));
  });
});

describe("isEventType", () => {
  it("accepts every name of the catalogue", () => {
    expect(eventTypes.every(isEventType)).toBe(true);
  });

  it.each(["newblock", "NewBlock ", "", "constructor", "__proto__", "toString"])(
    "refuses %j as an event type",
    (name) => {
      expect(isEventType(name)).toBe(false);
    },
  );
});

describe("resolveAlias", () => {
  it("turns the two deprecated names into DataMaintenance", () => {
    expect(resolveAlias("StorageFlush")).toBe("DataMaintenance");
    expect(resolveAlias("DataCleanup")).toBe("DataMaintenance");
  });

  it("leaves every other type as it is", () => {
    const changed = eventTypes.filter((type) => resolveAlias(type) !== type);
    expect(changed).toEqual(["StorageFlush", "DataCleanup"]);
  });
});
