import { z } from "zod";
import type { TraceContext } from "../../trace-context.js";
import { rpcErrors } from "../errors.js";

/** One parameter of a method, for whoever describes it. */
export interface RpcParam {
  readonly name: string;
  readonly isRequired: boolean;
  /** What it may be, in words. */
  readonly description: string;
  /** Whether the method would take this value. */
  takes(value: unknown): boolean;
}

/** One method of JSON-RPC as the door calls it. */
export interface RpcMethod {
  /** What it does, in one line. */
  readonly description: string;
  /** In the order by position. */
  readonly params: readonly RpcParam[];
  /**
   * Takes what a caller sent, by name or by position, and returns what its result schema makes of the outcome.
   * `signal` aborts when the caller has left; a method that can't be broken off does not look at it. `trace` is the
   * caller's, for methods that ask a module.
   * @throws RPC_INVALID_PARAMS, and what the method itself throws
   */
  call(name: string, params: unknown, signal?: AbortSignal, trace?: TraceContext): Promise<unknown>;
}

/** The methods that a host offers, by name. */
export type RpcMethods = Readonly<Record<string, RpcMethod>>;

export interface RpcMethodDefinition<Params extends z.core.$ZodLooseShape, Result> {
  readonly description: string;
  /** The parameters by name; their order is the order by position. */
  readonly params: z.ZodObject<Params, z.core.$strict>;
  /** The last parameter is a list that takes all further values by position. */
  readonly takesRest?: boolean;
  /** A parameter that is null counts as left out, as Core has it. */
  readonly isNullAbsent?: boolean;
  /** Only what this schema knows leaves the host. */
  readonly result: z.ZodType<Result>;
  run(
    params: z.output<z.ZodObject<Params, z.core.$strict>>,
    signal: AbortSignal | undefined,
    trace: TraceContext | undefined,
  ): Result | Promise<Result>;
}

/** A caller's own words are repeated to him up to here. */
const MAX_PROBLEM_CHARS = 200;

/** Makes a method whose parameters are checked before `run` sees them and whose result is checked before it is sent. */
export function rpcMethod<Params extends z.core.$ZodLooseShape, Result>(
  definition: RpcMethodDefinition<Params, Result>,
): RpcMethod {
  const { description, params: schema, takesRest = false, isNullAbsent = false, result, run } = definition;
  const params = Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, param]) => ({
    name,
    isRequired: !param.safeParse(undefined).success,
    description: descriptionOf(param),
    takes: (value: unknown) => param.safeParse(value).success,
  }));
  const names = params.map(({ name }) => name);
  return {
    description,
    params,
    async call(method, given, signal, trace) {
      const named = byName(method, given, names, takesRest);
      const parsed = schema.safeParse(isNullAbsent ? withoutNulls(named) : named);
      if (parsed.success) return result.parse(await run(parsed.data, signal, trace));
      throw invalidParams(method, parsed.error, params);
    },
  };
}

/** What a parameter says of itself also where it may be left out. */
function descriptionOf(param: z.ZodType): string {
  if (param.description !== undefined) return param.description;
  return param instanceof z.ZodOptional || param instanceof z.ZodDefault
    ? descriptionOf(param.unwrap() as z.ZodType)
    : "";
}

function byName(method: string, given: unknown, names: readonly string[], takesRest: boolean): unknown {
  if (!Array.isArray(given)) return given ?? {};
  const single = takesRest ? names.slice(0, -1) : names;
  if (given.length > single.length && !takesRest) {
    throw rpcErrors.RPC_INVALID_PARAMS({
      method,
      field: "params",
      problem: `${given.length} values were given`,
      allowed: names.length === 0 ? "none" : `${names.join(", ")}, in this order`,
    });
  }
  const entries = given.slice(0, single.length).map((value: unknown, n) => [single[n], value]);
  if (takesRest) entries.push([names.at(-1), given.slice(single.length)]);
  return Object.fromEntries(entries);
}

function withoutNulls(named: unknown): unknown {
  return Object.fromEntries(Object.entries(named as object).filter(([, value]) => value !== null));
}

function invalidParams(method: string, { issues }: z.ZodError, params: readonly RpcParam[]) {
  const [issue] = issues;
  const field = ["params", ...(issue?.path ?? [])].join(".");
  const asked = params.find(({ name }) => name === issue?.path[0]);
  const names = params.map(({ name }) => name).join(", ");
  const allowed = asked?.description || names || "no parameters";
  const problem = (issue?.message ?? "invalid").slice(0, MAX_PROBLEM_CHARS);
  return rpcErrors.RPC_INVALID_PARAMS({ method, field, problem, allowed });
}
