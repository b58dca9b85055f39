import type { ModuleConfig } from "../manifest/index.js";
import type { DiscoveredModule } from "./discovery.js";
import type { SettingsOfModule } from "./manager-options.js";
import type { ModuleCode } from "./module-code.js";

/**
 * A module that may be started: its manifest was checked, its code verified, its configuration put together. Its code is
 * a private copy of what was verified, or the module's own files.
 */
export interface PreparedModule extends ModuleCode {
  readonly module: DiscoveredModule;
  readonly config: ModuleConfig;
  readonly settings: SettingsOfModule;
  /** What an operator should know although the module is started. */
  readonly warnings: readonly string[];
  /** Trusted maintainers whose signatures were found good. */
  readonly signers: readonly string[];
  /** SHA-256 of the code that is run; undefined where it runs in place. */
  readonly codeHash: string | undefined;
  /** The same code where an update of the module's folder doesn't touch it; undefined where there is no such place. */
  readonly codeAfterUpdate: ModuleCode | undefined;
  /** Gives back what was made for it. Whoever prepared it calls it when no process runs it any more. Idempotent. */
  dispose(): Promise<void>;
}
