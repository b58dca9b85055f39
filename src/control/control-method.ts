import type { z } from "zod";
import { controlErrors } from "./errors.js";

/** One method of the control door: takes what a stranger sent, answers with something that JSON can hold. */
export type ControlMethod = (name: string, params: unknown) => Promise<unknown>;

/**
 * A method whose parameters are checked by `params` before `run` sees them; left-out parameters are `{}`.
 * What `run` throws becomes the answer.
 */
export function controlMethod<Params>(
  params: z.ZodType<Params>,
  run: (params: Params) => unknown,
): ControlMethod {
  return async (name, given) => {
    const parsed = params.safeParse(given ?? {});
    if (parsed.success) return run(parsed.data);
    const [issue] = parsed.error.issues;
    const field = ["params", ...(issue?.path ?? [])].join(".");
    throw controlErrors.CONTROL_INVALID_PARAMS({ method: name, field, problem: issue?.message ?? "invalid" });
  };
}
