import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { errorCode } from "../../src/errors.js";
import type { Host } from "../../src/host.js";
import type { ModuleInstance } from "../../src/supervisor/module-instance.js";
import { startRelay } from "../kit/host-relay.js";
import { until } from "../kit/host-until.js";

/** One process of a module, from its first subscription to its end. */
export interface RunningModule {
  readonly pid: number;
  /** Resolves when the process is gone and the host has booked its end. */
  readonly ended: Promise<void>;
  /** The host has not yet seen it close its connection. */
  isConnected(): boolean;
  /** Breaks its connection and resolves when it is back; only where it came through a path. */
  cut?(): Promise<void>;
}

export type Launch = () => Promise<RunningModule>;

/** A process that the host starts; it comes through descriptor 3. */
export function descriptorLaunch(host: Host, name: string): Launch {
  return async () => {
    for (;;) {
      try {
        await host.modules.loadModule(name);
      } catch (error) {
        // Somebody else unloads or reloads it just now.
        if (errorCode(error) !== "BUSY" && errorCode(error) !== "ALREADY_LOADED") throw error;
        await turn();
      }
      const instance = instanceOf(host, name);
      if (instance?.pid === undefined || !instance.isLoaded) continue;
      return {
        pid: instance.pid,
        ended: instance.ended.then(() => {}),
        isConnected: () => instance.isConnected,
      };
    }
  };
}

/** A process that is started by hand and attached: it comes through a path, which a relay can cut. */
export function attachedLaunch(host: Host, name: string, script: string): Launch {
  return async () => {
    const { env, token } = await host.modules.attachModule(name);
    const relay = await startRelay(env.SOCKET_PATH as string);
    const child = spawn(process.execPath, [script], {
      env: { ...env, SOCKET_PATH: relay.path, BLVM_IPC_TOKEN: token },
      stdio: "inherit",
    });
    const exited = once(child, "exit");
    const ended = exited.then(async () => {
      await relay[Symbol.asyncDispose]();
      // Its instance would wait for a return, unless the host knows already that there will be none.
      await host.modules.unloadModule(name).catch((error: unknown) => {
        if (!["NOT_LOADED", "BUSY", "MANAGER_CLOSED"].includes(errorCode(error) ?? "")) throw error;
      });
      await until(`${name} is off the list`, () => instanceOf(host, name) === undefined);
    });
    await Promise.race([untilLoaded(host, name, child), ended]);
    const cut = async () => {
      const { connections } = relay;
      relay.cut();
      const isBack = () => relay.connections > connections && (instanceOf(host, name)?.isConnected ?? false);
      await Promise.race([until(`${name} is back`, isBack, 60_000), ended]);
    };
    const isConnected = () => instanceOf(host, name)?.isConnected ?? false;
    return { pid: child.pid as number, ended, isConnected, cut };
  };
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function untilLoaded(host: Host, name: string, child: ChildProcess): Promise<void> {
  return until(
    `${name} is loaded`,
    () => child.exitCode !== null || (instanceOf(host, name)?.isLoaded ?? false),
    60_000,
  );
}

function instanceOf(host: Host, name: string): ModuleInstance | undefined {
  return [...host.modules.instances].find((instance) => instance.name === name);
}
