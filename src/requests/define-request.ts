import type { z } from "zod";
import type { Capability } from "../manifest/index.js";

/** One request of the protocol as its author writes it down. */
export interface RequestDefinition<
  Input extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
  Args extends readonly unknown[] = never,
> {
  /** What a module's manifest must declare; undefined where a request tells a module only of itself. */
  readonly permission: Capability | undefined;
  /** What it does, in a sentence or two for the reference page. */
  readonly about: string;
  /** Codes beside those of every request. */
  readonly errors?: readonly string[];
  /** An answer may take megabytes: such requests of a module are served a few at a time. */
  readonly isLarge?: boolean;
  /** The payload. Built on first use: all schemas together take longer to build than a module takes to start. */
  readonly input: () => Input;
  readonly answer: () => Answer;
  /** The payload from the arguments of the client's method, whose names and types it gives. */
  readonly call: (...args: Args) => z.input<Input>;
}

/**
 * Writes down one request: permission, payload, answer, and the arguments of the client's method. Host, client,
 * reference page and permission tests all read it from here. Schemas are built once, when they are first asked for.
 */
export function request<Input extends z.ZodType, Answer extends z.ZodType, Args extends readonly unknown[]>(
  definition: RequestDefinition<Input, Answer, Args>,
): RequestDefinition<Input, Answer, Args> {
  return { ...definition, input: once(definition.input), answer: once(definition.answer) };
}

function once<Value>(build: () => Value): () => Value {
  let built: { readonly value: Value } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}
