import type { IpcOptionsInput } from "../../src/ipc/index.js";
import type { Capability } from "../../src/manifest/index.js";
import type { OpenModule } from "../kit/ipc-host.js";
import type { WireClient } from "../kit/ipc-wire-client.js";

/** Who attacks: a connection, and the module whose doors it came through. */
export interface Attacker {
  readonly client: WireClient;
  readonly module: OpenModule;
}

/** One hostile input and its answer. The runner asserts what holds for all of them. */
export interface HostileRow {
  /** The input's number in the list of hostile inputs. */
  readonly id: string;
  readonly input: string;
  readonly ipc?: IpcOptionsInput;
  readonly capabilities?: readonly Capability[];
  attack(attacker: Attacker): void | Promise<void>;
  /** Codes of all refusals, in order; the last is the closing one where the connection closes. */
  readonly codes: readonly string[];
  readonly closes: boolean;
  /** Request that the last refusal answers; 0 for none. */
  readonly lastId: number;
  /** What the last refusal's details say, where it matters. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A row whose fault ends the connection with one error that answers no request. */
export function closing(id: string, input: string, code: string, attack: HostileRow["attack"]): HostileRow {
  return { id, input, attack, codes: [code], closes: true, lastId: 0 };
}

/** A row whose fault is answered and changes nothing. */
export function answered(
  id: string,
  input: string,
  code: string,
  attack: HostileRow["attack"],
  lastId = 0,
): HostileRow {
  return { id, input, attack, codes: [code], closes: false, lastId };
}
