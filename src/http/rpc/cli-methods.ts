import { z } from "zod";
import type { CliCommands } from "../../node-api/index.js";
import { textParam } from "./param.js";
import { type RpcMethods, rpcMethod } from "./rpc-method.js";

const MAX_ARGS = 256;
const MAX_ARG_CHARS = 64 * 1024;

const result = z.object({ stdout: z.string(), stderr: z.string(), exit_code: z.number() });

/** The commands that modules offer. */
export function cliMethods(cli: Pick<CliCommands, "specs" | "run">) {
  const args = z
    .array(textParam("one argument", MAX_ARG_CHARS))
    .max(MAX_ARGS)
    .default([])
    .describe(`the command's arguments, at most ${MAX_ARGS} texts`);
  return {
    getmoduleclispecs: rpcMethod({
      description: "tells which commands modules offer, by the command's name",
      params: z.strictObject({}),
      // A module's own words, whose form was checked when it registered them.
      result: z.record(z.string(), z.unknown()),
      run: () => cli.specs(),
    }),
    runmodulecli: rpcMethod({
      description: "has a module run one of its commands",
      params: z.strictObject({
        cli_name: textParam("the name of the command", 64),
        subcommand: textParam("one of its subcommands", 64),
        args,
      }),
      takesRest: true,
      result,
      run: ({ cli_name, subcommand, args }, signal, trace) =>
        cli.run(cli_name, subcommand, args, signal, trace),
    }),
  } satisfies RpcMethods;
}
