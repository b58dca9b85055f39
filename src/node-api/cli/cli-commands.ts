import { z } from "zod";
import { nearestName } from "../../events/index.js";
import type { CliSpec } from "../../requests/index.js";
import type { TraceContext } from "../../trace-context.js";
import type { Caller, ModuleDirectory } from "../dependencies.js";
import { nodeApiErrors } from "../errors.js";
import { askModule } from "../rpc/ask-module.js";
import { checkCliSpec } from "./check-cli-spec.js";

interface Offer {
  readonly caller: Caller;
  readonly spec: CliSpec;
}

const cliResult = z.object({ stdout: z.string(), stderr: z.string(), exit_code: z.int32() });
/** What a command of a module said and how it ended. */
export type CliResult = z.output<typeof cliResult>;

const TIMEOUT_MS = 60_000;

/**
 * The commands that modules offer, one spec for each module; a later one takes the place of the earlier. They go with
 * the connection.
 */
export class CliCommands {
  readonly #modules: Pick<ModuleDirectory, "loaded">;
  /** By the name of the command. */
  readonly #offers = new Map<string, Offer>();
  /** Connections whose end is noticed. */
  readonly #watched = new Set<Caller>();

  constructor(modules: Pick<ModuleDirectory, "loaded">) {
    this.#modules = modules;
  }

  /** @throws BAD_NAME, NAME_TAKEN, INVALID_PARAMS */
  register(caller: Caller, spec: CliSpec): void {
    checkCliSpec(spec, caller.moduleName);
    const holder = this.#offers.get(spec.name)?.caller;
    if (holder !== undefined && holder.moduleName !== caller.moduleName) {
      const taken = { what: "command", name: spec.name, holder: `module ${holder.moduleName}` };
      throw nodeApiErrors.NAME_TAKEN(taken);
    }
    this.#drop((offer) => offer.caller.moduleName === caller.moduleName);
    this.#offers.set(spec.name, { caller, spec });
    if (this.#watched.has(caller)) return;
    this.#watched.add(caller);
    // Last, because it runs at once when the connection is closed already.
    caller.onClosed(() => {
      this.#watched.delete(caller);
      this.#drop((offer) => offer.caller === caller);
    });
  }

  /** The specs by the name of the command, sorted. */
  specs(): Readonly<Record<string, CliSpec>> {
    const sorted = [...this.#offers].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(sorted.map(([name, { spec }]) => [name, spec]));
  }

  /** The spec of a command or of the module of that name. @throws CLI_NOT_OFFERED */
  specOf(name: string): CliSpec {
    return this.#find(name).spec;
  }

  /**
   * Has the module run a command, for at most 60 s.
   * @throws CLI_NOT_OFFERED, UNKNOWN_SUBCOMMAND, MODULE_REFUSED, MODULE_TIMEOUT, MODULE_GONE, MODULE_BAD_RESULT,
   * LIMIT
   */
  async run(
    name: string,
    subcommand: string,
    args: readonly string[],
    signal?: AbortSignal,
    trace?: TraceContext,
  ): Promise<CliResult> {
    const { caller, spec } = this.#find(name);
    const subcommands = spec.subcommands.map((each) => each.name);
    if (!subcommands.includes(subcommand)) {
      const nearest = nearestName(subcommand, subcommands);
      throw nodeApiErrors.UNKNOWN_SUBCOMMAND({ name: spec.name, subcommand, nearest, subcommands });
    }
    const call = `command ${subcommand}`;
    const payload = { subcommand, args: [...args] };
    const timeoutMs = TIMEOUT_MS;
    const asked = { kind: "cli", call, name: subcommand, payload, timeoutMs, signal, trace } as const;
    const answer = await askModule(caller, asked);
    const parsed = cliResult.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw nodeApiErrors.MODULE_BAD_RESULT({
      module: caller.moduleName,
      call,
      problem: `a wrong ${parsed.error.issues[0]?.path.join(".") || "value"}`,
      allowed: "{stdout: text, stderr: text, exit_code: 32-bit integer}",
    });
  }

  #find(name: string): Offer {
    const offer =
      this.#offers.get(name) ?? [...this.#offers.values()].find(({ caller }) => caller.moduleName === name);
    if (offer !== undefined) return offer;
    const offered = [...this.#offers.keys()].toSorted();
    const isLoaded = this.#modules.loaded().some(({ module_name }) => module_name === name);
    const reason = isLoaded ? "the module is loaded and offers none" : "no module of that name is loaded";
    throw nodeApiErrors.CLI_NOT_OFFERED({ name, reason, nearest: nearestName(name, offered), offered });
  }

  #drop(isGone: (offer: Offer) => boolean): void {
    for (const [name, offer] of this.#offers) if (isGone(offer)) this.#offers.delete(name);
  }
}
