import type { SchedulerLike } from "rxjs";
import { CallScopes } from "./call-scopes.js";
import { CliService } from "./cli-service.js";
import { EventInHand } from "./event-in-hand.js";
import { Invocations } from "./invocations.js";
import type { ModuleClient } from "./module-client.js";
import { ModuleHooks } from "./module-hooks.js";
import { createModuleLog, type ModuleLog } from "./module-log.js";
import { ModuleMetrics } from "./module-metrics.js";
import { ModuleTimers } from "./module-timers.js";
import { createNodeApiIpc, type NodeApiIpc } from "./node-api-ipc.js";
import { type Registrar, renew } from "./renew.js";
import { RpcService } from "./rpc-service.js";
import { ServedCalls } from "./served-calls.js";
import { createModuleStorage, type ModuleStorage } from "./storage-tree.js";
import { TraceInHand } from "./trace-in-hand.js";

export interface ModuleServicesDependencies {
  /** Borrowed. */
  readonly client: ModuleClient;
  readonly scheduler: SchedulerLike;
  /** Of the methods for other modules. */
  readonly apiVersion: number;
  readonly onHandlerError: (what: "hook" | "timer", error: unknown) => void;
}

/** What a module asks of the node and offers to it over one client, joined to it and to each other. */
export class ModuleServices {
  readonly nodeApi: NodeApiIpc;
  readonly storage: ModuleStorage;
  readonly log: ModuleLog;
  readonly eventInHand = new EventInHand();
  readonly traceInHand = new TraceInHand();
  readonly invocations = new Invocations();
  readonly calls: ServedCalls;
  readonly rpc: RpcService;
  readonly cli: CliService;
  readonly hooks: ModuleHooks;
  readonly timers: ModuleTimers;
  readonly metrics: ModuleMetrics;
  readonly #scheduler: SchedulerLike;
  #connections = 1;

  constructor({ client, scheduler, apiVersion, onHandlerError }: ModuleServicesDependencies) {
    this.#scheduler = scheduler;
    const scopes = new CallScopes(scheduler);
    const nodeApi = createNodeApiIpc(this.traceInHand.carriedBy(scopes.within(client)));
    const { module_name } = client.context;
    const log = createModuleLog(
      (level, message, fields) => client.log(level, module_name, message, fields),
      this.eventInHand,
      this.traceInHand,
    );
    this.nodeApi = nodeApi;
    this.log = log;
    this.storage = createModuleStorage(nodeApi);
    this.calls = new ServedCalls({
      scopes,
      register: (methods) => nodeApi.registerModuleApi(methods, apiVersion),
      log,
    });
    this.rpc = new RpcService({ nodeApi, log, scheduler, closed: client.closed });
    this.cli = new CliService({ nodeApi, log });
    this.hooks = new ModuleHooks(nodeApi, (error) => onHandlerError("hook", error));
    this.timers = new ModuleTimers(nodeApi, scheduler, (error) => onHandlerError("timer", error));
    this.metrics = new ModuleMetrics({ api: nodeApi, log, scheduler, unixNow: Date.now });
    this.invocations.serve("module_api", (payload) => this.calls.serve(payload));
    this.invocations.serve("rpc", (payload) => this.rpc.answer(payload));
    this.invocations.serve("cli", (payload) => this.cli.answer(payload));
    this.invocations.serve("hook", (payload) => this.hooks.serve(payload));
    this.invocations.serve("timer", (payload) => this.timers.serve(payload));
    client.serve((kind, payload) =>
      this.traceInHand.serve(kind, payload, () => this.invocations.answer(kind, payload)),
    );
    client.disconnected$.subscribe(() => {
      this.#connections++;
      this.rpc.noteLost();
      this.timers.forgetIds();
      scopes.endAll();
    });
  }

  /**
   * Registers on a new connection what went with the last one, each once, and subscribes in between: whoever hears that
   * the module is ready finds what it offers. Waits where the node asks it to slow down; ends quietly when the
   * connection is lost again. @throws what the node refused
   */
  async renew(subscribe: () => Promise<unknown>): Promise<void> {
    const connection = this.#connections;
    const registrar: Registrar = {
      scheduler: this.#scheduler,
      isStale: () => connection !== this.#connections,
    };
    await this.calls.renew(registrar);
    await this.rpc.renew(registrar);
    await this.cli.renew(registrar);
    await renew(subscribe, registrar);
    if (registrar.isStale()) return;
    this.metrics.reportAll();
    await this.hooks.renew(registrar);
    await this.timers.renew(registrar);
  }
}
