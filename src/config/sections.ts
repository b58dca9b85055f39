import { z } from "zod";
import { deliveryOptions } from "../bus/options.js";
import { chainOptions } from "../chain/options.js";
import { httpOptions } from "../http/options.js";
import { ipcOptions } from "../ipc/options.js";
import { modulesOptions } from "../supervisor/options.js";
import { logOptions } from "./log-options.js";

/** The tables of the configuration file, in the order of the reference page. */
export const configSections = {
  chain: chainOptions,
  http: httpOptions,
  modules: modulesOptions,
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
  capacity: capacity.unwrap().optional(),
  window: window.unwrap().optional(),
  max_bytes: max_bytes.unwrap().optional(),
});
