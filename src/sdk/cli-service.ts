import { z } from "zod";
import type { CliSpec } from "../requests/index.js";
import { type CliArgs, readCliArgs } from "./cli-args.js";
import { sdkErrors } from "./errors.js";
import { handlerError } from "./handler-error.js";
import type { ModuleLog } from "./module-log.js";
import type { NodeApiIpc } from "./node-api-ipc.js";
import { type Registrar, renew } from "./renew.js";

export type { CliArgs } from "./cli-args.js";

/** What a command prints and how it ends; a text is its stdout. */
export type CliOutcome =
  | string
  | undefined
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing prints nothing.
  | void
  | { readonly stdout?: string; readonly stderr?: string; readonly exitCode?: number };

export type CliHandler = (args: CliArgs) => CliOutcome | Promise<CliOutcome>;

/** What a module says of its commands; `version` is 1 when it is left out. */
export type CliSpecInput = Omit<CliSpec, "version"> & { readonly version?: 1 };

export interface CliServiceDependencies {
  readonly nodeApi: NodeApiIpc;
  readonly log: ModuleLog;
}

interface Served {
  readonly spec: CliSpec;
  readonly handlers: ReadonlyMap<string, CliHandler>;
}

const invocation = z.object({ subcommand: z.string(), args: z.array(z.string()) });

/** The commands of one module: registered with the host, and again after a reconnect. */
export class CliService {
  readonly #deps: CliServiceDependencies;
  #served: Served | undefined;

  constructor(deps: CliServiceDependencies) {
    this.#deps = deps;
  }

  /**
   * Registers commands, with a handler for each subcommand; resolves when the host has them. Takes the place of what was
   * registered before. The name is the module's, with - or with _. Needs `register_rpc_endpoint`.
   * @throws TypeError when a subcommand has no handler or a handler no subcommand; BAD_NAME, NAME_TAKEN, INVALID_PARAMS
   */
  async on(input: CliSpecInput, handlers: Readonly<Record<string, CliHandler>>): Promise<void> {
    const spec: CliSpec = { version: 1, ...input };
    const names = spec.subcommands.map(({ name }) => name);
    const odd = names.find((name) => !Object.hasOwn(handlers, name));
    if (odd !== undefined) throw new TypeError(`subcommand ${odd} has no handler`);
    const idle = Object.keys(handlers).find((name) => !names.includes(name));
    if (idle !== undefined) throw new TypeError(`handler ${idle} has no subcommand in the spec`);
    const before = this.#served;
    this.#served = { spec, handlers: new Map(Object.entries(handlers)) };
    try {
      await this.#register(this.#served.spec);
    } catch (error) {
      this.#served = before;
      throw error;
    }
  }

  /** After a reconnect: the host has forgotten them. @throws what the host refused it with */
  async renew(registrar: Registrar): Promise<void> {
    const { spec } = this.#served ?? {};
    if (spec !== undefined) await renew(() => this.#register(spec), registrar);
  }

  /** @throws INVALID_PARAMS, NOT_SUPPORTED, and what the handler throws */
  async answer(payload: unknown): Promise<unknown> {
    const { subcommand, args } = invocation.parse(payload);
    const spec = this.#served?.spec.subcommands.find(({ name }) => name === subcommand);
    const handler = this.#served?.handlers.get(subcommand);
    if (spec === undefined || handler === undefined)
      throw sdkErrors.NOT_SUPPORTED({ invocation: `cli ${subcommand}` });
    const given = readCliArgs(spec.args, args);
    try {
      const outcome = await handler(given);
      const {
        stdout = "",
        stderr = "",
        exitCode = 0,
      } = typeof outcome === "string" ? { stdout: withLineEnd(outcome) } : (outcome ?? {});
      return { stdout, stderr, exit_code: exitCode };
    } catch (error) {
      throw handlerError(`command ${subcommand}`, error, this.#deps.log);
    }
  }

  async #register(spec: CliSpec): Promise<void> {
    await this.#deps.nodeApi.registerCliSpec(spec);
  }
}

function withLineEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
