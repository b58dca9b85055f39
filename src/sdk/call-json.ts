import type { z } from "zod";
import { EngineError } from "../errors.js";
import { sdkErrors } from "./errors.js";

/** JSON in UTF-8, as calls between modules carry it; nothing at all stands for undefined. Raw bytes stay as they are. */
export function toCallBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const text = JSON.stringify(value) as string | undefined;
  return new TextEncoder().encode(text ?? "");
}

/** Reads a call's params by a schema. @throws INVALID_PARAMS with the path of the first fault, for the caller */
export function readParams<Schema extends z.ZodType>(schema: Schema, bytes: Uint8Array): z.output<Schema> {
  let value: unknown;
  try {
    value = fromCallBytes(bytes);
  } catch {
    throw invalidParams("params", "found no JSON in UTF-8, allowed is what the method's schema takes");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalidParams(["params", ...(issue?.path ?? [])].join("."), issue?.message ?? "it does not fit");
}

/** Reads the answer to a call. @throws ANSWER_UNREADABLE */
export function readAnswer(schema: z.ZodType | undefined, bytes: Uint8Array, method: string): unknown {
  let value: unknown;
  try {
    value = fromCallBytes(bytes);
  } catch (cause) {
    throw sdkErrors.ANSWER_UNREADABLE({ method, problem: "no JSON in UTF-8" }, { cause });
  }
  if (schema === undefined) return value;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const problem = `${issue?.path.join(".") || "the whole"}: ${issue?.message}`;
  throw sdkErrors.ANSWER_UNREADABLE({ method, problem }, { cause: parsed.error });
}

function fromCallBytes(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

/** The host's code: for the caller it makes no difference who noticed. */
function invalidParams(field: string, problem: string): EngineError {
  return new EngineError(
    "INVALID_PARAMS",
    `field ${field}: ${problem.slice(0, 500)}; send what the method's module documents`,
    { field },
  );
}
