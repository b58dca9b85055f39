import { devnetRpc } from "../../dist/chain/devnet/rpc/devnet-rpc.js";
import { coreMethods, rpcMethod } from "../../dist/http/index.js";
import { code, table } from "./markdown/table.mjs";

export const page = {
  path: "docs/rpc.md",
  source: "src/http/rpc/core-methods.ts",
  render() {
    const onDevnet = devnetMethods();
    const everywhere = Object.entries(methods()).filter(
      ([name, { description }]) => !(name in onDevnet && description.startsWith("not available")),
    );
    return [
      "# JSON-RPC methods",
      INTRODUCTION,
      methodTable(everywhere),
      DEVNET,
      methodTable(Object.entries(onDevnet)),
      ERRORS,
    ].join("\n\n");
  },
};

function methodTable(methods) {
  const rows = methods.map(([name, { description, params }]) => [
    code([name, ...params.map(usage)].join(" ")),
    description,
    params.map((param) => `${code(param.name)}: ${param.description}`).join("; "),
  ]);
  return table(["method", "what it does", "parameters"], rows);
}

/** Nothing is looked at before a method is called. */
function devnetMethods() {
  const entries = Object.entries(devnetRpc({})).map(([name, method]) => [
    name,
    rpcMethod({ ...method, result: undefined }),
  ]);
  return Object.fromEntries(entries);
}

/** What the methods would ask for when they are called; here nobody calls them. */
function methods() {
  const asked = {};
  return coreMethods({
    modules: { ...asked, nameProblem: () => undefined },
    delivery: asked,
    audit: asked,
    sandbox: asked,
    cli: asked,
    chain: asked,
    decoding: asked,
    offered: asked,
  });
}

function usage({ name, isRequired }) {
  return isRequired ? name : `[${name}]`;
}

const INTRODUCTION = `\
\`POST /\` on the HTTP port takes JSON-RPC 2.0 from whoever shows the cookie or the token. Parameters go by name or by
position; those in brackets may be left out. Beside these come the methods that modules offer, under names that begin with
the module's own; \`help\` lists all of them as they are now. A name is looked up among these first and then among those
of modules; \`getdescriptorinfo\` and \`analyzepsbt\` are answered by the module that took them over.`;

const DEVNET = `\
## On a devnet

The chain source \`devnet\` answers these with the names, parameters, forms and error numbers of Bitcoin Core 28, in the
place of those above of the same name. Amounts are BTC with up to 8 decimals; \`null\` counts as a parameter that is left
out. What a devnet doesn't know is left out of an answer: memory (\`usage\`), what was broadcast (\`unbroadcast\`,
\`unbroadcastcount\`), what a real connection has (\`getpeerinfo\`), and the sum and the hash of all unspent outputs.
\`generatetoaddress\` mines up to 1000 blocks in a call and lets the host work between two of them. A long poll of
\`getblocktemplate\` lasts ten minutes at most, and 16 callers may wait. Parameters of the wrong type are -32602, where
Core has -3 or -1. From the shell: \`blvm-streams chain rpc METHOD [PARAM...]\`.`;

const ERRORS = `\
## Errors

\`data.code\` holds the engine's code (see errors.md), \`data.retryable\` whether the same call may succeed later, and
\`data.details\` its details. Where \`data.module\` stands, code and message are that module's own.

| number | meaning |
| --- | --- |
| -32700, -32600, -32601, -32602 | no JSON, no request, no such method, wrong parameters: \`data.details.field\` says which |
| -32603 | the host failed, or a module did not answer in time, went away, or answered with what can't be passed on |
| -32010 | a module refused the call |
| -32007 | the chain source can't answer this |
| -32001 to -32006 | a module is not loaded (or none answers an overridable method), is loaded, is busy, is unknown, did not start, or the host is stopping |
| -32000 | another refusal of the engine |
| -3 | an amount or a fee rate that is none |
| -5 | no such block, transaction or address |
| -6 | the wallet's coins don't suffice |
| -8 | a parameter has the right type and a value that isn't allowed |
| -9 | the chain source is closed |
| -22 | the hex is no block, or no transaction |
| -23, -30 | who is to be banned is banned; no IP address, or not banned |
| -25 | inputs are missing, a fee is above the caller's limit, or a block that was to be mined breaks a rule |
| -26 | the mempool refused the transaction; the message begins with Core's reason |
| -27 | the transaction is confirmed |

A module has 30 s for a method and 60 s for a command; a method's result is at most 1 MiB of JSON. Bytes in a result are
hex, integers beyond 2^53 decimal text.`;
