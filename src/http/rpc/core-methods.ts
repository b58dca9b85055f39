import { z } from "zod";
import type { ChainView, CliCommands, CoreRpcMethod, OfferedMethods } from "../../node-api/index.js";
import { type AuditEntries, auditMethods } from "./audit-methods.js";
import type { ChainDecoding } from "./block-answers.js";
import { chainControlMethods, ownMethods } from "./chain-control-methods.js";
import { chainMethods } from "./chain-methods.js";
import { cliMethods } from "./cli-methods.js";
import { type DeliveryStatistics, deliveryMethods } from "./delivery-methods.js";
import { helpMethod } from "./help-method.js";
import { type ModuleManagement, moduleMethods } from "./module-methods.js";
import { overridableMethod } from "./offered-method.js";
import type { RpcMethod } from "./rpc-method.js";
import { type SandboxView, sandboxMethods } from "./sandbox-methods.js";
import { stopMethod } from "./stop-method.js";

/** What the host lends to its methods; nothing of it is closed here. */
export interface CoreMethodDependencies {
  readonly modules: ModuleManagement;
  readonly delivery: DeliveryStatistics;
  readonly audit: AuditEntries;
  readonly sandbox: SandboxView;
  readonly cli: Pick<CliCommands, "specs" | "run">;
  readonly chain: ChainView;
  readonly decoding: ChainDecoding;
  readonly offered: OfferedMethods;
  /** Begins to close the host. */
  readonly stop: () => void;
}

/** The methods that every host answers; all of them need authorisation. Modules can register none of these names. */
export function coreMethods(deps: CoreMethodDependencies): Readonly<Record<CoreRpcMethod, RpcMethod>> {
  const module = z
    .string()
    .superRefine((value, context) => {
      const problem = deps.modules.nameProblem(value);
      if (problem !== undefined) context.addIssue({ code: "custom", message: `found ${problem}` });
    })
    .describe("a module's name: 1 to 64 characters of a-z, 0-9 and -, starting with a letter or digit");
  const methods: Readonly<Record<CoreRpcMethod, RpcMethod>> = {
    help: helpMethod(() => methods, deps.offered),
    ...moduleMethods(deps.modules),
    ...cliMethods(deps.cli),
    ...deliveryMethods(deps.delivery, module),
    ...auditMethods(deps.audit, module),
    ...sandboxMethods(deps.sandbox),
    ...chainMethods(deps.chain, deps.decoding),
    ...chainControlMethods(deps.chain),
    ...ownMethods(deps.chain),
    stop: stopMethod(deps.stop),
    getdescriptorinfo: overridableMethod(deps.offered, "analyses an output descriptor"),
    analyzepsbt: overridableMethod(deps.offered, "analyses a partially signed transaction"),
  };
  return methods;
}
