import type { z } from "zod";
import { readAnswer, toCallBytes } from "./call-json.js";
import type { RequestOptions } from "./module-client.js";
import type { NodeApiIpc } from "./node-api-ipc.js";

export interface CallOptions<Answer extends z.ZodType = z.ZodType<unknown>> {
  /** 5,000 by default, at most 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Reads the answer. */
  readonly answer?: Answer;
}

/** Calls another module with JSON. @see ModuleIntegration.call */
export async function callModule<Answer extends z.ZodType = z.ZodType<unknown>>(
  nodeApi: Pick<NodeApiIpc, "callModule">,
  target: string | undefined,
  method: string,
  params: unknown,
  { timeoutMs, signal, answer }: CallOptions<Answer> = {},
): Promise<z.output<Answer>> {
  const limits = timeoutMs === undefined ? {} : { timeout_ms: timeoutMs };
  const options: RequestOptions = signal === undefined ? {} : { signal };
  const bytes = await nodeApi.callModule(target, method, toCallBytes(params), limits, options);
  return readAnswer(answer, bytes, method) as z.output<Answer>;
}
