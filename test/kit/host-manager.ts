import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { EventBus, type ModuleDeliveryStats } from "../../src/bus/index.js";
import { type AnyEvent, exampleEvent } from "../../src/events/index.js";
import { moduleInfo } from "../../src/host/module-directory.js";
import {
  createEventEncoder,
  createMessagePackCodec,
  HOST_BODY_LIMITS,
  type IpcOptionsInput,
  ipcOptions,
} from "../../src/ipc/index.js";
import { bareDependencies, createNodeApi, noModules } from "../../src/node-api/index.js";
import { defaultRules } from "../../src/supervisor/default-rules.js";
import { ModuleManager, type ModuleManagerOptions } from "../../src/supervisor/index.js";
import { restartOptions } from "../../src/supervisor/options.js";
import {
  type Behaviour,
  type InstallOptions,
  installModule,
  type Recording,
  readRecording,
} from "./host-module-folder.js";
import { type RecordingLog, recordingLog } from "./process-recording-log.js";
import { tempDir } from "./process-temp-dir.js";

export interface ModuleSetting {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly delivery?: { capacity?: number; window?: number; max_bytes?: number };
  readonly restart?: z.input<typeof restartOptions>;
  readonly load?: "start" | "on_demand";
}

export interface ManagerOptions
  extends Partial<
    Pick<
      ModuleManagerOptions,
      | "code"
      | "enabledModules"
      | "disabledModules"
      | "shutdownAckMs"
      | "stopTimeoutMs"
      | "killTimeoutMs"
      | "socketDir"
      | "lifeBooks"
      | "observer"
      | "traffic"
    >
  > {
  readonly ipc?: IpcOptionsInput;
  readonly settings?: Readonly<Record<string, ModuleSetting>>;
}

/** A real bus and a real module manager on temporary folders, without a chain; all of it goes with the scope. */
export interface ManagerUnderTest extends AsyncDisposable {
  readonly bus: EventBus;
  readonly manager: ModuleManager;
  readonly log: RecordingLog;
  readonly modulesDir: string;
  readonly dataDir: string;
  /** Every event that was published, in order. */
  readonly published: readonly AnyEvent[];
  install(name: string, behaviour: Behaviour, options?: InstallOptions): Promise<void>;
  /** Installs and loads a module. */
  run(name: string, behaviour: Behaviour, options?: InstallOptions): Promise<void>;
  /** Publishes `count` events of one type that is not critical; returns their seqs. */
  publishMany(count: number): number[];
  stats(name: string): ModuleDeliveryStats;
  recording(name: string): Promise<Recording>;
}

export async function startManager(options: ManagerOptions = {}): Promise<ManagerUnderTest> {
  const { settings = {}, ipc = {}, ...managerOptions } = options;
  const dir = await tempDir();
  const modulesDir = join(dir.path, "modules");
  const dataDir = join(dir.path, "data");
  await mkdir(modulesDir);
  await mkdir(dataDir);
  const log = recordingLog();
  const bus = new EventBus({ encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)), log });
  const published: AnyEvent[] = [];
  bus.all$.subscribe((event) => published.push(event));
  const manager: ModuleManager = new ModuleManager({
    modulesDir,
    dataDir,
    bus,
    serve: createNodeApi(
      bareDependencies({
        publish: (type, payload, source) => bus.publish(type, payload, source),
        modules: {
          ...noModules,
          loaded: () => manager.loadedModules.map((row) => moduleInfo(row)),
        },
        dataDirOf: (name) => join(dataDir, name),
        log,
      }),
    ).serve,
    nodeVersion: "0.0.0-test",
    settingsOf: (name) => ({
      delivery: { capacity: 100, window: 256, max_bytes: 4 * 1024 * 1024, ...settings[name]?.delivery },
      config: settings[name]?.config ?? {},
      rules: {
        ...defaultRules,
        restart: restartOptions.parse(settings[name]?.restart ?? {}),
        load: settings[name]?.load ?? "start",
      },
    }),
    ipc: ipcOptions.parse({ start_timeout_ms: 60_000, ...ipc }),
    shutdownAckMs: 50,
    stopTimeoutMs: 5000,
    killTimeoutMs: 2000,
    log,
    ...managerOptions,
  });
  await manager.start();
  const install: ManagerUnderTest["install"] = (name, behaviour, about) =>
    installModule(modulesDir, name, behaviour, about);
  return {
    bus,
    manager,
    log,
    modulesDir,
    dataDir,
    published,
    install,
    async run(name, behaviour, about) {
      await install(name, behaviour, about);
      await manager.loadModule(name);
    },
    publishMany: (count) =>
      Array.from({ length: count }, () =>
        bus.publish("MempoolTransactionAdded", exampleEvent("MempoolTransactionAdded")),
      ),
    stats(name) {
      const stats = bus.books.getDeliveryStats(name);
      if (stats === undefined) throw new Error(`nothing was ever counted for ${name}`);
      return stats;
    },
    recording: (name) => readRecording(dataDir, name),
    async [Symbol.asyncDispose]() {
      for (const instance of manager.instances) if (instance.state === "Error") instance.kill();
      await manager.close();
      bus.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** The pid of a loaded module. */
export function pidOf({ manager }: Pick<ManagerUnderTest, "manager">, name: string): number {
  for (const instance of manager.instances) {
    if (instance.name === name && instance.pid !== undefined) return instance.pid;
  }
  throw new Error(`${name} has no process`);
}
