import type { z } from "zod";
import type { EngineError } from "../errors.js";
import { nodeApiErrors } from "./errors.js";

/**
 * What is wrong with a payload, by its first bad field: RANGE_ERROR for a number that its field can't hold,
 * INVALID_PARAMS for everything else. The value itself is not repeated.
 */
export function paramsProblem(payload: unknown, { issues }: z.ZodError): EngineError {
  const issue = issues[0] === undefined ? undefined : innermost(payload, issues[0]);
  if (issue === undefined) return nodeApiErrors.INVALID_PARAMS({ field: "payload", problem: "wrong" });
  const found = issue.path.reduce<unknown>((value, key) => memberOf(value, key), payload);
  const field = issue.path.join(".") || "payload";
  const problem = `found ${kindOf(found)}, ${issue.message}`;
  return wantsNumber(issue) && (typeof found === "number" || typeof found === "bigint")
    ? nodeApiErrors.RANGE_ERROR({ field, problem: rangeProblem(found, issue.message) })
    : nodeApiErrors.INVALID_PARAMS({ field, problem });
}

function rangeProblem(found: number | bigint, allowed: string): string {
  return `found ${Object.is(found, -0) ? "-0" : found}, ${allowed}; send a number that the field can hold`;
}

/** Of a field that may have one of several forms: what is wrong with the form that the value is nearest to. */
function innermost(payload: unknown, issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors
    .flatMap(([first]) => (first === undefined ? [] : [{ ...first, path: [...issue.path, ...first.path] }]))
    .map((first) => innermost(payload, first))
    .filter(({ path }) => path.reduce<unknown>((value, key) => memberOf(value, key), payload) !== undefined)
    .toSorted((one, other) => other.path.length - one.path.length)[0];
  return inner === undefined || inner.path.length <= issue.path.length ? issue : inner;
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}

function wantsNumber(issue: z.core.$ZodIssue): boolean {
  switch (issue.code) {
    case "too_big":
    case "too_small":
      return true;
    case "custom":
      return issue.params?.isRange === true;
    case "invalid_type":
      return issue.expected === "number" || issue.expected === "int";
    default:
      return false;
  }
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "string") return `a text of ${value.length} characters`;
  return `a ${typeof value}`;
}
