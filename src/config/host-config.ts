import type { DeliveryOptions, DeliveryOptionsInput } from "../bus/options.js";
import type {
  BitcoinCoreOptions,
  BitcoinCoreOptionsInput,
  ChainOptions,
  ChainOptionsInput,
  DevnetOptions,
  DevnetOptionsInput,
} from "../chain/options.js";
import type { HttpOptions, HttpOptionsInput } from "../http/options.js";
import type { IpcOptions, IpcOptionsInput } from "../ipc/options.js";
import type { RecordingOptions, RecordingOptionsInput } from "../recordings/options.js";
import type { SandboxOptions, SandboxOptionsInput } from "../sandbox/options.js";
import type { StreamsOptions, StreamsOptionsInput } from "../streams/options.js";
import type { ModulesOptions, ModulesOptionsInput } from "../supervisor/options.js";
import type { LogOptions, LogOptionsInput } from "./log-options.js";
import { defaultRules, type ModuleSettings } from "./module-settings.js";

/** The configuration as embedders and `blvm-streams.toml` write it; what is left out takes its default. */
export interface ConfigInput {
  readonly chain?: ChainOptionsInput | undefined;
  readonly devnet?: DevnetOptionsInput | undefined;
  readonly bitcoin_core?: BitcoinCoreOptionsInput | undefined;
  readonly recording?: RecordingOptionsInput | undefined;
  readonly http?: HttpOptionsInput | undefined;
  /** The keys of `[modules]`, and one table per module under its name. */
  readonly modules?: (ModulesOptionsInput & { readonly [moduleName: string]: unknown }) | undefined;
  readonly streams?: StreamsOptionsInput | undefined;
  readonly sandbox?: SandboxOptionsInput | undefined;
  readonly delivery?: DeliveryOptionsInput | undefined;
  readonly ipc?: IpcOptionsInput | undefined;
  readonly log?: LogOptionsInput | undefined;
}

/** The configuration with every default filled in and every path absolute. */
export interface Config {
  readonly chain: ChainOptions;
  readonly devnet: DevnetOptions;
  readonly bitcoin_core: BitcoinCoreOptions;
  readonly recording: RecordingOptions;
  readonly http: HttpOptions;
  readonly modules: ModulesOptions;
  /** The `[modules.<name>]` tables by module name; read them with {@link settingsOf}. */
  readonly moduleSettings: ReadonlyMap<string, ModuleSettings>;
  readonly streams: StreamsOptions;
  readonly sandbox: SandboxOptions;
  readonly delivery: DeliveryOptions;
  readonly ipc: IpcOptions;
  readonly log: LogOptions;
  /** The file that it was read from, if any. */
  readonly file: string | undefined;
}

/** What the configuration says about a module: its own table, or the defaults when it has none. */
export function settingsOf(config: Config, moduleName: string): ModuleSettings {
  return (
    config.moduleSettings.get(moduleName) ?? { delivery: config.delivery, rules: defaultRules, config: {} }
  );
}
