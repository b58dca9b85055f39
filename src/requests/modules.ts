import { z } from "zod";
import { request } from "./define-request.js";
import { bool, bytes, hint, list, optional, text, u32, u64, unit, word } from "./fields.js";
import {
  auditEntry,
  moduleHealth,
  moduleInfo,
  type ReportedHealth,
  reportedHealth,
} from "./records/modules.js";

const discover = { permission: "discover_modules" } as const;
const offer = { permission: "register_module_api" } as const;
const nothing = () => z.object({});
const byId = () => z.object({ module_id: text("name or id of a module", 128) });
/** The questions that a module may answer in the node's stead. */
export const HOOKS = ["get_fee_estimate_cached", "get_mempool_stats_cached"] as const;
const MAX_CALL_MS = 60_000;

/** What a call between modules may say of itself beside what it asks. */
export interface CallLimits {
  readonly timeout_ms?: number;
  readonly within_call?: number;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

function methodName() {
  const error = "allowed are 1 to 128 letters, digits, _ . and -";
  const schema = z.string({ error }).regex(/^[A-Za-z0-9_.-]{1,128}$/, { error });
  return schema.meta({ description: "letters, digits, _ . and -, at most 128", wire: "string" });
}

/** Other modules: who is there, how they are, what they can be asked. */
export const moduleRequests = {
  DiscoverModules: request({
    ...discover,
    about: "The modules that are loaded, the caller included, in load order.",
    input: nothing,
    answer: () => list(moduleInfo()),
    call: () => ({}),
  }),
  GetModuleInfo: request({
    ...discover,
    about: "One module by name or id; nothing when none of that name is installed.",
    input: byId,
    answer: () => optional(moduleInfo()),
    call: (module_id: string) => ({ module_id }),
  }),
  IsModuleAvailable: request({
    ...discover,
    about: "Whether a module can be called now: it runs, answers, and what it needs runs as well.",
    input: byId,
    answer: () => bool("whether it can be called"),
    call: (module_id: string) => ({ module_id }),
  }),
  CallModule: request({
    permission: "call_module",
    errors: [
      "MODULE_UNAVAILABLE",
      "UNKNOWN_METHOD",
      "CALL_DEPTH",
      "TIMEOUT",
      "DEADLINE",
      "LIMIT",
      "BAD_ANSWER",
    ],
    about:
      "Calls a method that another module registered, by the module's name or id, or without one by the method's name alone. The answer is the callee's, and so is its error, which has the callee's name as `details.from`; no error of the host has that.",
    input: () =>
      z.object({
        target_module_id: optional(text("name or id; absent: whoever offers the method", 128)),
        method: text("as registered, or name::method", 256),
        params: bytes("as the method wants it"),
        timeout_ms: optional(u64("default 5000", { min: 1, max: MAX_CALL_MS, unit: "ms" })),
        within_call: optional(
          u64(
            "call_id of the module_api invocation in whose service this is asked: its deadline holds; 0: in nobody's service",
          ),
        ),
        traceparent: optional(
          hint(
            "of W3C Trace Context, version 00: the span in whose service this is asked; another form counts as none ([traces.md](traces.md))",
          ),
        ),
        tracestate: optional(
          hint(
            "goes with traceparent, as it is; left out when longer than 512 characters of printable ASCII",
          ),
        ),
      }),
    answer: () => bytes("as the method has it"),
    call: (
      target_module_id: string | undefined,
      method: string,
      params: Uint8Array,
      limits?: CallLimits,
    ) => ({ target_module_id, method, params, ...limits }),
  }),
  RegisterModuleApi: request({
    ...offer,
    about:
      "Offers methods to other modules; replaces what the module offered before. Calls come as `module_api` invocations. A method that several offer is, without a module's name, that of whoever offered it first.",
    input: () =>
      z.object({
        methods: list(methodName(), 256),
        api_version: u32("of the API"),
      }),
    answer: unit,
    call: (methods: readonly string[], api_version: number) => ({ methods: [...methods], api_version }),
  }),
  UnregisterModuleApi: request({
    ...offer,
    about: "Takes back all methods.",
    input: nothing,
    answer: unit,
    call: () => ({}),
  }),
  RegisterHook: request({
    ...offer,
    about:
      "Answers a question in the node's stead. Who registered first is asked first; nothing, an error or a timeout moves on.",
    input: () => z.object({ hook: word(HOOKS, "the question") }),
    answer: unit,
    call: (hook: (typeof HOOKS)[number]) => ({ hook }),
  }),
  UnregisterHook: request({
    ...offer,
    about: "Is asked no more.",
    input: () => z.object({ hook: word(HOOKS, "the question") }),
    answer: unit,
    call: (hook: (typeof HOOKS)[number]) => ({ hook }),
  }),
  GetModuleHealth: request({
    permission: "read_metrics",
    about: "How a module is; nothing when it isn't loaded.",
    input: byId,
    answer: () => optional(moduleHealth()),
    call: (module_id: string) => ({ module_id }),
  }),
  GetAllModuleHealth: request({
    permission: "read_metrics",
    about: "How each loaded module is, as pairs of name and health, sorted by name.",
    input: nothing,
    answer: () => list(z.tuple([text("module name", 64), moduleHealth()])),
    call: () => ({}),
  }),
  ReportModuleHealth: request({
    permission: "report_metrics",
    about: "Says how the module is. A change is told as ModuleHealthChanged.",
    input: () => z.object({ health: reportedHealth() }),
    answer: unit,
    call: (health: ReportedHealth) => ({ health }),
  }),
  AuditLog: request({
    permission: undefined,
    about: "The last decisions over the module's own requests, newest first.",
    input: () => z.object({ limit: u32("most entries", { min: 1, max: 1000 }) }),
    answer: () => list(auditEntry()),
    call: (limit: number) => ({ limit }),
  }),
};
