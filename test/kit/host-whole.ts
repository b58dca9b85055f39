import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import type { ModuleDeliveryStats } from "../../src/bus/index.js";
import type { ConfigInput } from "../../src/config.js";
import { type EventType, exampleEvent } from "../../src/events/index.js";
import { createHost, type Host } from "../../src/host.js";
import type { Logger } from "../../src/log.js";
import {
  type Behaviour,
  type InstallOptions,
  installModule,
  type Recording,
  readRecording,
} from "./host-module-folder.js";
import { type RecordingLog, recordingLog } from "./process-recording-log.js";
import { tempDir } from "./process-temp-dir.js";

export interface HostOptions {
  readonly chain?: ConfigInput["chain"];
  readonly http?: ConfigInput["http"];
  /** What it leaves out is about temporary folders and short times to stop. */
  readonly modules?: ConfigInput["modules"];
  /** Default: off. The fixtures' modules are made of files outside their folders, which no sandbox shows. */
  readonly sandbox?: ConfigInput["sandbox"];
  readonly ipc?: ConfigInput["ipc"];
  readonly delivery?: ConfigInput["delivery"];
  readonly recording?: ConfigInput["recording"];
  /** Instead of the recording log. */
  readonly log?: Logger;
}

/** Temporary folders for one host or several, and the hosts themselves; all of it goes with the scope. */
export interface HostFolder extends AsyncDisposable {
  readonly path: string;
  readonly dataDir: string;
  readonly modulesDir: string;
  readonly log: RecordingLog;
  install(name: string, behaviour: Behaviour, options?: InstallOptions): Promise<void>;
  /** A host that is not started. Its chain connects no block unless `chain` says so. */
  host(options?: HostOptions): Host;
  recording(name: string): Promise<Recording>;
}

/** The path of a real block among the fixtures. */
export function blockFile(name: string): string {
  return fileURLToPath(new URL(`../fixtures/real-blocks/${name}`, import.meta.url));
}

/** One event now and the next in hours: a chain that leaves the stage to the test. */
const silentChain = { files: [blockFile("898352.raw")], events_per_second: 0.0001 };

export async function hostFolder(): Promise<HostFolder> {
  const dir = await tempDir();
  const dataDir = join(dir.path, "data");
  const modulesDir = join(dir.path, "modules");
  await mkdir(modulesDir);
  const log = recordingLog();
  const hosts: Host[] = [];
  return {
    path: dir.path,
    dataDir,
    modulesDir,
    log,
    install: (name, behaviour, about) => installModule(modulesDir, name, behaviour, about),
    host({ chain = silentChain, http, modules, sandbox, ipc, delivery, recording, log: givenLog } = {}) {
      const host = createHost(
        {
          chain,
          http: { port: 0, ...http },
          modules: { data_dir: dataDir, modules_dir: modulesDir, shutdown_ack_ms: 50, ...modules },
          sandbox: { mode: "off", ...sandbox },
          ipc: { start_timeout_ms: 60_000, ...ipc },
          delivery,
          recording,
        },
        { log: givenLog ?? log },
      );
      hosts.push(host);
      return host;
    },
    recording: (name) => readRecording(dataDir, name),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(hosts.map((host) => host.close()));
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** The statistics of a module that was connected once. */
export function statsOf(host: Host, name: string): ModuleDeliveryStats {
  const stats = host.delivery.getDeliveryStats(name);
  if (stats === undefined) throw new Error(`nothing was ever counted for ${name}`);
  return stats;
}

/** Publishes `count` events of a type with its example as payload; returns their seqs. */
export function publishMany(host: Host, type: EventType, count: number): number[] {
  return Array.from({ length: count }, () => host.publish(type, exampleEvent(type)));
}

/** The pid of a module that runs or starts; waits for it. */
export function pidOfModule(host: Host, name: string): Promise<number> {
  return vi.waitFor(
    () => {
      const pid = [...host.modules.instances].find((instance) => instance.name === name)?.pid;
      if (pid === undefined) throw new Error(`${name} has no process`);
      return pid;
    },
    { timeout: 20_000, interval: 1 },
  );
}
