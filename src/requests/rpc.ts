import { z } from "zod";
import { request } from "./define-request.js";
import { bool, text, unit } from "./fields.js";
import type { CliSpec } from "./records/modules.js";
import { cliSpec } from "./records/modules.js";

const permission = "register_rpc_endpoint";
const described = () =>
  z.object({ method: text("JSON-RPC method", 128), description: text("one line", 1000) });
const named = () => z.object({ method: text("JSON-RPC method", 128) });

/** JSON-RPC methods and commands that modules offer to people. They go with the module's connection. */
export const rpcRequests = {
  RegisterRpcEndpoint: request({
    permission,
    errors: ["BAD_NAME", "NAME_TAKEN", "LIMIT"],
    about:
      "Offers a JSON-RPC method whose name begins with the module's prefix; calls come as `rpc` invocations.",
    input: described,
    answer: unit,
    call: (method: string, description: string) => ({ method, description }),
  }),
  UnregisterRpcEndpoint: request({
    permission,
    errors: ["NOT_OWNER"],
    about: "Takes back a method that the module registered.",
    input: named,
    answer: unit,
    call: (method: string) => ({ method }),
  }),
  RegisterCoreRpcOverride: request({
    permission,
    errors: ["BAD_NAME", "NAME_TAKEN", "NOT_DECLARED"],
    about: "Answers an overridable method of the node that the manifest lists in rpc_overrides.",
    input: described,
    answer: unit,
    call: (method: string, description: string) => ({ method, description }),
  }),
  UnregisterCoreRpcOverride: request({
    permission,
    errors: ["NOT_OWNER"],
    about: "Takes back an override that the module registered.",
    input: named,
    answer: unit,
    call: (method: string) => ({ method }),
  }),
  RegisterCliSpec: request({
    permission,
    errors: ["BAD_NAME", "NAME_TAKEN"],
    about: "Offers commands to `blvm-streams module NAME`; replaces what the module offered before.",
    input: () => z.object({ spec: cliSpec() }),
    answer: () => bool("true"),
    call: (spec: CliSpec) => ({ spec }),
  }),
};
