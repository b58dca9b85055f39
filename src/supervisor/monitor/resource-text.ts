import { byteText } from "./byte-text.js";
import type { ResourceType } from "./resource-level.js";

interface ResourceWords {
  /** As a person calls it. */
  readonly name: string;
  readonly unit: (amount: number) => string;
  /** What becomes of the amount. */
  readonly used: string;
}

const words: Readonly<Record<ResourceType, ResourceWords>> = {
  memory: { name: "memory", unit: byteText, used: "resident" },
  cpu: {
    name: "processor time",
    unit: (percent) => `${Math.round(percent * 10) / 10} %`,
    used: "of one core used over 10 s",
  },
  disk: { name: "data directory", unit: byteText, used: "in it" },
  files: { name: "files", unit: String, used: "in its data directory" },
  file_descriptors: { name: "file descriptors", unit: String, used: "open" },
  processes: { name: "processes", unit: String, used: "started" },
};

/** A limit and what was used of it: `memory: 256 MiB limit, 260.4 MiB resident`. */
export function resourceText(type: ResourceType, limit: number, used: number): string {
  const { name, unit, used: ending } = words[type];
  return `${name}: ${unit(limit)} limit, ${unit(used)} ${ending}`;
}

/** What the limit of a resource is called. */
export function resourceName(type: ResourceType): string {
  return words[type].name;
}
