import { z } from "zod";
import { deliveryOptions } from "../bus/options.js";
import { bitcoinCoreOptions, chainOptions, devnetOptions } from "../chain/options.js";
import { httpOptions } from "../http/options.js";
import { ipcOptions } from "../ipc/options.js";
import { recordingOptions } from "../recordings/options.js";
import { moduleSandboxOptions, sandboxOptions } from "../sandbox/options.js";
import { streamsOptions } from "../streams/options.js";
import {
  limitsOptions,
  loadOption,
  modulesOptions,
  onUnresponsiveOption,
  restartOptions,
} from "../supervisor/options.js";
import { logOptions } from "./log-options.js";

/** The tables of the configuration file, in the order of the reference page. */
export const configSections = {
  chain: chainOptions,
  devnet: devnetOptions,
  bitcoin_core: bitcoinCoreOptions,
  recording: recordingOptions,
  http: httpOptions,
  modules: modulesOptions,
  streams: streamsOptions,
  sandbox: sandboxOptions,
  delivery: deliveryOptions,
  ipc: ipcOptions,
  log: logOptions,
} as const;

export type SectionName = keyof typeof configSections;

export const sectionNames = Object.keys(configSections) as readonly SectionName[];

export function isSectionName(name: string): name is SectionName {
  return Object.hasOwn(configSections, name);
}

/** The keys that a section's own table may hold. */
export function keysOf(section: SectionName): readonly string[] {
  return Object.keys(configSections[section].shape);
}

/** The schema of one key, or undefined when the section has no such key. */
export function keySchema(section: SectionName, key: string): z.ZodType | undefined {
  const shape: Readonly<Record<string, z.ZodType>> = configSections[section].shape;
  return Object.hasOwn(shape, key) ? shape[key] : undefined;
}

const { capacity, window, max_bytes } = deliveryOptions.shape;

/** `[modules.<name>.delivery]`: what it leaves out is taken from `[delivery]`. */
export const moduleDeliveryOptions = z.strictObject({
  capacity: capacity.unwrap().optional().meta(aboutOne(capacity)),
  window: window.unwrap().optional().meta(aboutOne(window)),
  max_bytes: max_bytes.unwrap().optional().meta(aboutOne(max_bytes)),
});

/** What is said of a key of `[delivery]`, for a module's own. */
function aboutOne(schema: z.ZodType): z.core.GlobalMeta {
  const { description = "", ...others } = schema.meta() ?? {};
  return { ...others, description: `${description} Default: that of [delivery].` };
}

/** The keys of `[modules.<name>]` itself that are the host's. */
export const moduleLoadOptions = z.strictObject({
  load: loadOption.meta({
    description: "When the module is loaded: with the host, or at the first call to it.",
  }),
  on_unresponsive: onUnresponsiveOption.meta({
    description: "What is done about a module that stopped answering: it is reported, or killed as well.",
  }),
});

/** Everything in `[modules.<name>]` that is the host's; every other key is the module's own. */
export const moduleHostOptions = z.strictObject({
  ...moduleLoadOptions.shape,
  delivery: moduleDeliveryOptions,
  limits: limitsOptions,
  restart: restartOptions,
  sandbox: moduleSandboxOptions,
});
