import type { EngineError } from "../../errors.js";
import { manifestErrors } from "../../manifest/index.js";

/** BAD_NAME for a name that a module chose for what it offers; `what` is its kind, as in "JSON-RPC method". */
export function badName(moduleName: string, what: string, name: string, allowed: string): EngineError {
  return manifestErrors.BAD_NAME({
    file: `module ${moduleName}`,
    key: what,
    found: JSON.stringify(name),
    allowed,
    remedy: "choose another name",
  });
}
