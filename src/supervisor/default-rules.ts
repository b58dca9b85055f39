import { moduleSandboxOptions } from "../sandbox/index.js";
import {
  limitsOptions,
  loadOption,
  type ModuleRules,
  onUnresponsiveOption,
  restartOptions,
} from "./options.js";

/** What holds for a module that nobody has rules for. */
export const defaultRules: ModuleRules = {
  limits: limitsOptions.parse({}),
  restart: restartOptions.parse({}),
  load: loadOption.parse(undefined),
  onUnresponsive: onUnresponsiveOption.parse(undefined),
  sandbox: moduleSandboxOptions.parse({}),
};
