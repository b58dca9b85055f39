import type { EngineError } from "../errors.js";
import type { Capability } from "../manifest/index.js";
import { securityErrors } from "./errors.js";

/**
 * Whether a module that declared `declared` may do `what`; undefined when it may.
 * Pure: a module has exactly what its manifest declares, fixed at load.
 * @returns PERMISSION_DENIED naming the missing capability
 */
export function permissionProblem(
  what: string,
  needed: Capability,
  declared: ReadonlySet<Capability>,
): EngineError | undefined {
  if (declared.has(needed)) return undefined;
  return securityErrors.PERMISSION_DENIED({
    what,
    needs: `the capability ${needed}`,
    declared: [...declared],
    remedy: "declare it under capabilities in module.toml and load the module again",
  });
}
