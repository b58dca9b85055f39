import type { Command } from "commander";
import { z } from "zod";
import { cliErrors } from "./errors.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { textFor } from "./terminal-text.js";

/** Many blocks take their time; the host answers or closes. */
const CALL_TIMEOUT_MS = 3_600_000;

const answer = z.union([
  z.object({ error: z.object({ code: z.number(), message: z.string() }) }),
  z.object({ result: z.unknown() }),
]);

interface RpcOptions extends HostOptions {
  readonly named?: boolean;
  readonly json?: boolean;
}

/** `chain rpc`: calls a JSON-RPC method of the running host. */
export function addChainRpcCommand(chain: Command, output: Output): void {
  withHostOptions(chain.command("rpc"))
    .description("call a JSON-RPC method of the running host, with the names and parameters of Bitcoin Core")
    .argument("<method>", "name of the method; `chain rpc help --json` lists them")
    .argument("[params...]", "its parameters in order; JSON where the method takes no text")
    .option("--named", "parameters are name=value")
    .option("--json", "print the result as JSON on one line")
    // A parameter may be -1.
    .allowUnknownOption()
    .addHelpText(
      "after",
      `
A text is printed as it is, null as nothing, everything else as JSON. A refusal is told with Core's error code; exit code 1.

Examples:
  blvm-streams chain rpc generatetoaddress 5 "$(blvm-streams chain rpc getnewaddress)"
  blvm-streams chain rpc getblock "$(blvm-streams chain rpc getbestblockhash)" 2
  blvm-streams chain rpc --named sendtoaddress address=bcrt1... amount=0.5 fee_rate=12
  blvm-streams chain rpc getmempoolinfo --json | jq .size`,
    )
    .action((method: string, args: readonly string[], options: RpcOptions) =>
      callRpc(method, args, options, output),
    );
}

async function callRpc(
  method: string,
  args: readonly string[],
  { named = false, json = false, ...hostOptions }: RpcOptions,
  output: Output,
): Promise<void> {
  using client = await connectHost(hostOptions);
  const params = { method, args, named };
  const answered = answer.parse(await client.call("chainrpc", params, { timeoutMs: CALL_TIMEOUT_MS }));
  if ("error" in answered) {
    const { code, message } = answered.error;
    throw cliErrors.CLI_RPC_REFUSED({ method, number: code, reason: message });
  }
  const { result } = answered;
  if (json) await printJson(output, result);
  else if (typeof result === "string") await print(output, `${textFor(output.stdout, result)}\n`);
  else if (result !== null) await print(output, `${JSON.stringify(result, undefined, 2)}\n`);
}
