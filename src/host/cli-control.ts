import { z } from "zod";
import { type ControlMethod, controlMethod } from "../control/index.js";
import type { NodeApi } from "../node-api/index.js";
import { readTrace } from "../trace-context.js";

const MAX_ARGS = 256;

/** The control door's methods for the commands that modules offer. */
export function cliControlMethods({ services }: NodeApi): Readonly<Record<string, ControlMethod>> {
  const named = z.strictObject({ name: z.string().max(64).optional() });
  const run = z.strictObject({
    name: z.string().max(64),
    subcommand: z.string().max(64),
    args: z.array(z.string()).max(MAX_ARGS),
    traceparent: z.unknown().optional(),
    tracestate: z.unknown().optional(),
  });
  return {
    getmoduleclispecs: controlMethod(named, ({ name }) => {
      if (name === undefined) return services.cli.specs();
      const spec = services.cli.specOf(name);
      return { [spec.name]: spec };
    }),
    runmodulecli: controlMethod(run, ({ name, subcommand, args, ...trace }) =>
      services.cli.run(name, subcommand, args, undefined, readTrace(trace)),
    ),
  };
}
