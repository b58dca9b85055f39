import type { SchedulerLike } from "rxjs";
import { z } from "zod";
import { errorCode } from "../errors.js";
import type { NodeApiIpc } from "./node-api-ipc.js";
import { type Registrar, renew } from "./renew.js";

/** One call of a timer or a task. */
export interface TimerTick {
  /** When it was due, in unix milliseconds; the call comes then or later. */
  readonly dueMs: number;
}

/** What it throws or rejects with is logged and counted, and ends nothing. */
export type TimerHandler = (tick: TimerTick) => unknown;

const invocation = z.object({ timer_id: z.number(), due_ms: z.number() });
/** The node takes no shorter delay. */
const SHORTEST_MS = 10;

interface Entry {
  readonly handler: TimerHandler;
  readonly register: () => Promise<number>;
  readonly isTask: boolean;
  /** Of the present connection. */
  id: number | undefined;
  isRegistering: boolean;
}

export type ModuleTimersApi = Pick<NodeApiIpc, "registerTimer" | "scheduleTask" | "cancelTimer">;

/**
 * A module's timers and tasks over all its connections: after a reconnect, timers begin a new interval and tasks have
 * the time that was left. A tick that comes due while its handler runs is left out; a task's handler runs at most once.
 */
export class ModuleTimers {
  readonly #api: ModuleTimersApi;
  readonly #scheduler: SchedulerLike;
  readonly #onError: (error: unknown) => void;
  readonly #entries = new Set<Entry>();
  /** Counts the connections that are gone: an answer of one of them gives no id. */
  #lost = 0;
  /** Registrations whose answer may stand in one breath with the first call. */
  readonly #pending = new Set<Promise<unknown>>();

  constructor(api: ModuleTimersApi, scheduler: SchedulerLike, onError: (error: unknown) => void) {
    this.#api = api;
    this.#scheduler = scheduler;
    this.#onError = onError;
  }

  /** Resolves, when the node has it, with a function that cancels it. @throws RANGE_ERROR, LIMIT */
  every(intervalMs: number, handler: TimerHandler): Promise<() => Promise<void>> {
    const register = () => this.#api.registerTimer(intervalMs);
    return this.#add({ handler, register, isTask: false, id: undefined, isRegistering: false });
  }

  /** Resolves, when the node has it, with a function that cancels it. @throws RANGE_ERROR, LIMIT */
  once(delayMs: number, handler: TimerHandler): Promise<() => Promise<void>> {
    const dueMs = this.#scheduler.now() + delayMs;
    let isFirst = true;
    const register = () => {
      const leftMs = isFirst ? delayMs : Math.max(SHORTEST_MS, Math.ceil(dueMs - this.#scheduler.now()));
      isFirst = false;
      return this.#api.scheduleTask(leftMs);
    };
    return this.#add({ handler, register, isTask: true, id: undefined, isRegistering: false });
  }

  /** Serves `timer` invocations; the answer is due when the handler is done. */
  async serve(payload: unknown): Promise<null> {
    const { timer_id, due_ms } = invocation.parse(payload);
    const entry = this.#entryOf(timer_id) ?? (await this.#awaited(timer_id));
    if (entry === undefined) return null;
    if (entry.isTask) this.#entries.delete(entry);
    try {
      await entry.handler({ dueMs: due_ms });
    } catch (error) {
      this.#onError(error);
    }
    return null;
  }

  /** The ids belong to a connection that is gone. */
  forgetIds(): void {
    this.#lost++;
    for (const entry of this.#entries) entry.id = undefined;
  }

  /** Registers everything anew on a new connection. @throws what the first failing registration was refused with */
  async renew(registrar: Registrar): Promise<void> {
    for (const entry of [...this.#entries]) {
      await renew(async () => {
        // One that came after the reconnect has registered itself.
        const isDue = entry.id === undefined && !entry.isRegistering && this.#entries.has(entry);
        if (isDue) await this.#register(entry);
      }, registrar);
    }
  }

  async #add(entry: Entry): Promise<() => Promise<void>> {
    this.#entries.add(entry);
    try {
      await this.#register(entry);
    } catch (error) {
      this.#entries.delete(entry);
      throw error;
    }
    return () => this.#cancel(entry);
  }

  async #register(entry: Entry): Promise<void> {
    const lost = this.#lost;
    entry.isRegistering = true;
    const pending = entry.register().then(async (id) => {
      if (lost !== this.#lost) return;
      if (this.#entries.has(entry)) entry.id = id;
      // Cancelled meanwhile.
      else await this.#cancelAt(id);
    });
    this.#pending.add(pending);
    try {
      await pending;
    } finally {
      entry.isRegistering = false;
      this.#pending.delete(pending);
    }
  }

  async #cancel(entry: Entry): Promise<void> {
    const { id } = entry;
    entry.id = undefined;
    if (!this.#entries.delete(entry) || id === undefined) return;
    await this.#cancelAt(id);
  }

  async #cancelAt(id: number): Promise<void> {
    try {
      await this.#api.cancelTimer(id);
    } catch (error) {
      // Done meanwhile, or gone with its connection: either way it calls no more.
      const code = errorCode(error);
      if (code !== "UNKNOWN_TIMER" && code !== "CONNECTION_CLOSED") throw error;
    }
  }

  #entryOf(id: number): Entry | undefined {
    for (const entry of this.#entries) if (entry.id === id) return entry;
    return undefined;
  }

  async #awaited(id: number): Promise<Entry | undefined> {
    await Promise.allSettled([...this.#pending]);
    return this.#entryOf(id);
  }
}
