import { streamErrors } from "../errors.js";
import type { SinkPorts } from "../sink.js";

/** What may stand in an HTTP header and on one line of a protocol. */
const ONE_LINE = /^[\t\x20-\x7e\x80-\uffff]+$/;

/** Values that sinks take from the environment by name, so that no file holds a secret. Its errors name names only. */
export class SinkEnvironment {
  readonly #values: Readonly<Record<string, string | undefined>>;

  constructor({ env = process.env }: Pick<SinkPorts, "env">) {
    this.#values = env;
  }

  /** @throws SINK_ENV_MISSING */
  valueOf(option: string, name: string): string {
    const value = this.#values[name]?.trim();
    if (value === undefined || value === "")
      throw streamErrors.SINK_ENV_MISSING({ option, name, found: "nothing" });
    if (!ONE_LINE.test(value))
      throw streamErrors.SINK_ENV_MISSING({ option, name, found: "a value of several lines" });
    return value;
  }
}
