import { nearestName } from "../../events/index.js";
import { rpcErrors } from "../errors.js";
import { isRefusal, type RpcError, toRpcError } from "./rpc-error.js";
import type { RpcMethod, RpcMethods, RpcParam } from "./rpc-method.js";

/** What a method answered, or how it refused. */
export type TextAnswer = { readonly result: unknown } | { readonly error: RpcError };

/** A call as it is written on a command line. */
export interface TextCall {
  readonly method: string;
  /** By position, or `name=value` where `isNamed`. */
  readonly args: readonly string[];
  readonly isNamed: boolean;
}

/**
 * Calls a method with parameters that are texts: each is taken as it is where the method takes a text there, and as JSON
 * where it takes something else. @throws what is no refusal
 */
export async function callByText(
  methods: RpcMethods,
  { method: name, args, isNamed }: TextCall,
): Promise<TextAnswer> {
  try {
    const method = requireMethod(methods, name);
    const params = isNamed
      ? namedValues(name, method, args)
      : args.map((text, n) => paramOf(text, method.params[Math.min(n, method.params.length - 1)]));
    return { result: (await method.call(name, params)) ?? null };
  } catch (error) {
    if (isRefusal(error)) return { error: toRpcError(error) };
    throw error;
  }
}

function requireMethod(methods: RpcMethods, name: string): RpcMethod {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method !== undefined) return method;
  const names = Object.keys(methods);
  throw rpcErrors.RPC_METHOD_NOT_FOUND({ method: name, nearest: nearestName(name, names), methods: names });
}

function namedValues(name: string, { params }: RpcMethod, args: readonly string[]): object {
  const values = new Map<string, unknown>();
  for (const arg of args) {
    const at = arg.indexOf("=");
    const key = arg.slice(0, Math.max(0, at));
    if (at < 1 || values.has(key)) {
      throw rpcErrors.RPC_INVALID_PARAMS({
        method: name,
        field: "params",
        problem: at < 1 ? `${JSON.stringify(arg.slice(0, 100))} has no name` : `${key} is given twice`,
        allowed: "name=value, each name once",
      });
    }
    const param = params.find((each) => each.name === key);
    values.set(key, paramOf(arg.slice(at + 1), param));
  }
  return Object.fromEntries(values);
}

/** A hash of digits alone is a text. What is taken in no form goes on: its method says what is wrong with it. */
function paramOf(text: string, param: RpcParam | undefined): unknown {
  if (param?.takes(text) === true) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
