import type { InvocationKind } from "../ipc/index.js";
import { sdkErrors } from "./errors.js";

/** Serves one kind of invocation: takes its payload as it came, resolves with the result, or throws what the host is told. */
export type ServeInvocation = (payload: unknown) => unknown;

/** What a module can be asked, by kind. A kind that nobody serves is NOT_SUPPORTED. */
export class Invocations {
  readonly #served = new Map<InvocationKind, ServeInvocation>();

  /** One server for each kind; a second one takes its place. */
  serve(kind: InvocationKind, serve: ServeInvocation): void {
    this.#served.set(kind, serve);
  }

  async answer(kind: InvocationKind, payload: unknown): Promise<unknown> {
    const serve = this.#served.get(kind);
    if (serve === undefined) throw sdkErrors.NOT_SUPPORTED({ invocation: kind });
    return serve(payload);
  }
}
