import type { z } from "zod";
import { describeSchema, type ValueDescription } from "../describe-schema.js";
import { innermostSchema, propertySchemas } from "../schema-shape.js";
import { eventsSource, generateSource, recordingSource, streamFile } from "./file/stream-schema.js";
import { sinkDefinitions } from "./sinks/catalogue.js";
import type { StepDocs } from "./step.js";
import { stepDefinitions } from "./steps/catalogue.js";

/** One option as the reference page shows it; `key` is dotted where options stand in one another. */
export interface StreamOption extends ValueDescription {
  readonly key: string;
}

/** One kind of step or sink, or one part of the file, as the reference page shows it. */
export interface StreamReferencePart {
  readonly kind: string;
  readonly docs: StepDocs | undefined;
  /** What the kind takes where it takes no mapping. */
  readonly value: ValueDescription | undefined;
  /** One list for each way in which the options may be written. */
  readonly forms: readonly (readonly StreamOption[])[];
}

export interface StreamReference {
  readonly file: readonly StreamReferencePart[];
  readonly steps: readonly StreamReferencePart[];
  readonly sinks: readonly StreamReferencePart[];
}

/** Everything that a stream's file may say, from the same schemas that check it. */
export function streamReference(): StreamReference {
  return {
    file: [
      partOf("a stream", undefined, streamFile),
      partOf("events", undefined, eventsSource),
      partOf("recording", undefined, recordingSource),
      partOf("generate", undefined, generateSource),
    ],
    steps: stepDefinitions.map(({ kind, docs, options }) => partOf(kind, docs, options)),
    sinks: sinkDefinitions.map(({ kind, docs, options }) => partOf(kind, docs, options)),
  };
}

function partOf(kind: string, docs: StepDocs | undefined, schema: z.core.$ZodType): StreamReferencePart {
  const forms = formsOf(schema)
    .map((form) => optionsOf(form, []))
    .filter((options) => options.length > 0);
  return { kind, docs, value: forms.length === 0 ? describeSchema(schema) : undefined, forms };
}

function formsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const { def } = (innermostSchema(schema) as z.core.$ZodTypes)._zod;
  return def.type === "union" ? def.options.flatMap(formsOf) : [schema];
}

function optionsOf(schema: z.core.$ZodType, above: readonly string[]): readonly StreamOption[] {
  return [...(propertySchemas(schema) ?? [])].flatMap(([key, inner]) => {
    const path = [...above, key];
    const nested = optionsOf(inner, path);
    return nested.length > 0 ? nested : [{ key: path.join("."), ...describeSchema(inner) }];
  });
}
