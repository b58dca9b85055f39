import type { CanaryFacts } from "./canary-facts.js";
import type { Probe } from "./probe.js";
import { codeProbes } from "./probes/code.js";
import { filesystemProbes } from "./probes/filesystem.js";
import { identityProbes } from "./probes/identity.js";
import { kernelProbes } from "./probes/kernel.js";
import { limitProbes } from "./probes/limits.js";
import { networkProbes } from "./probes/network.js";
import { wireProbes } from "./probes/wire.js";

/**
 * Everything that is tried, in an order in which no probe gets in the way of a later one: descriptors are looked at
 * before any is opened, and namespaces are left last.
 */
export function allProbes(facts: CanaryFacts): Probe[] {
  return [
    ...wireProbes(facts),
    ...identityProbes(facts),
    ...codeProbes(facts),
    ...filesystemProbes(facts),
    ...networkProbes(facts),
    ...limitProbes(facts),
    ...kernelProbes(),
  ];
}
