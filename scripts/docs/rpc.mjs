import { coreMethods } from "../../dist/http/index.js";
import { code, table } from "./markdown/table.mjs";

export const page = {
  path: "docs/rpc.md",
  source: "src/http/rpc/core-methods.ts",
  render() {
    const rows = Object.entries(methods()).map(([name, { description, params }]) => [
      code([name, ...params.map(usage)].join(" ")),
      description,
      params.map((param) => `${code(param.name)}: ${param.description}`).join("; "),
    ]);
    return [
      "# JSON-RPC methods",
      INTRODUCTION,
      table(["method", "what it does", "parameters"], rows),
      ERRORS,
    ].join("\n\n");
  },
};

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
| -5 | no such block or transaction |

A module has 30 s for a method and 60 s for a command; a method's result is at most 1 MiB of JSON. Bytes in a result are
hex, integers beyond 2^53 decimal text.`;
