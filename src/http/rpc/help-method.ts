import { z } from "zod";
import type { OfferedMethods } from "../../node-api/index.js";
import { textParam } from "./param.js";
import { type RpcMethod, type RpcMethods, rpcMethod } from "./rpc-method.js";

const entry = z.object({
  method: z.string(),
  /** Name and parameters, those that may be left out in brackets. Modules judge theirs themselves. */
  usage: z.string(),
  description: z.string(),
  /** "node", or the name of the module that answers it. */
  owner: z.string(),
});
type Entry = z.output<typeof entry>;

/** Lists all methods, those of modules as they are when it is called. */
export function helpMethod(core: () => RpcMethods, offered: OfferedMethods): RpcMethod {
  const all = (): Entry[] => [
    ...Object.entries(core()).map(([name, method]) => {
      const override = offered.override(name);
      return {
        method: name,
        usage: usageOf(name, method),
        description: override?.description || method.description,
        owner: override?.moduleName ?? "node",
      };
    }),
    ...offered.endpoints().map(({ name, description, moduleName }) => ({
      method: name,
      usage: name,
      description,
      owner: moduleName,
    })),
  ];
  return rpcMethod({
    description: "lists the methods with what they do and who answers them",
    params: z.strictObject({ method: textParam("only this method", 128).optional() }),
    result: z.array(entry),
    run({ method }) {
      const entries = all().toSorted((one, other) => (one.method < other.method ? -1 : 1));
      return method === undefined ? entries : entries.filter((each) => each.method === method);
    },
  });
}

function usageOf(name: string, { params }: RpcMethod): string {
  return [name, ...params.map((param) => (param.isRequired ? param.name : `[${param.name}]`))].join(" ");
}
