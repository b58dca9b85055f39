import type { z } from "zod";
import { rpcErrors } from "../errors.js";

/** One method of JSON-RPC as the door calls it. */
export interface RpcMethod {
  /** What it does, in one line. */
  readonly description: string;
  /**
   * Takes what a caller sent, by name or by position, and returns what its result schema makes of the outcome.
   * @throws RPC_INVALID_PARAMS, and what the method itself throws
   */
  call(name: string, params: unknown): Promise<unknown>;
}

/** The methods that a host offers, by name. */
export type RpcMethods = Readonly<Record<string, RpcMethod>>;

export interface RpcMethodDefinition<Params extends z.core.$ZodLooseShape, Result> {
  readonly description: string;
  /** The parameters by name; their order is the order by position. */
  readonly params: z.ZodObject<Params, z.core.$strict>;
  /** Only what this schema knows leaves the host. */
  readonly result: z.ZodType<Result>;
  run(params: z.output<z.ZodObject<Params, z.core.$strict>>): Result | Promise<Result>;
}

/** Makes a method whose parameters are checked before `run` sees them and whose result is checked before it is sent. */
export function rpcMethod<Params extends z.core.$ZodLooseShape, Result>(
  definition: RpcMethodDefinition<Params, Result>,
): RpcMethod {
  const { description, params: schema, result, run } = definition;
  return {
    description,
    async call(method, given) {
      const parsed = schema.safeParse(byName(method, given, Object.keys(schema.shape)));
      if (parsed.success) return result.parse(await run(parsed.data));
      throw invalidParams(method, parsed.error, schema);
    },
  };
}

function byName(method: string, given: unknown, names: readonly string[]): unknown {
  if (!Array.isArray(given)) return given ?? {};
  if (given.length <= names.length) {
    return Object.fromEntries(given.map((value: unknown, n) => [names[n], value]));
  }
  throw rpcErrors.RPC_INVALID_PARAMS({
    method,
    field: "params",
    problem: `${given.length} values were given`,
    allowed: names.length === 0 ? "none" : `${names.join(", ")}, in this order`,
  });
}

function invalidParams(method: string, { issues }: z.ZodError, schema: z.ZodObject) {
  const [issue] = issues;
  const field = ["params", ...(issue?.path ?? [])].join(".");
  const names = Object.keys(schema.shape);
  const asked = schema.shape[String(issue?.path[0])] as z.ZodType | undefined;
  const allowed = asked?.description ?? (names.length === 0 ? "no parameters" : names.join(", "));
  return rpcErrors.RPC_INVALID_PARAMS({ method, field, problem: issue?.message ?? "invalid", allowed });
}
