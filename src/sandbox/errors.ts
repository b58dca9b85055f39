import { defineErrors } from "../errors.js";

/** Why a module is not started in its sandbox. */
export const sandboxErrors = defineErrors({
  /** The mode is strict, and this machine lacks a layer. */
  SANDBOX_INCOMPLETE: (d: { module: string; missing: readonly string[]; laxer: string }) =>
    `module ${d.module} is not started: the sandbox lacks ${d.missing.join("; ")}; in strict mode every layer must hold: ` +
    `do what \`blvm-streams doctor\` says, or ${d.laxer}`,
  /** The host runs as root and can't start modules as anybody else. */
  SANDBOX_NEEDS_USER: (d: { reason: string }) =>
    `the host runs as root and can't start modules as another user (${d.reason}); modules never run as root: ` +
    "run the host as an unprivileged user, or mend that",
  /** Something that every sandbox needs can't be read or made: a tool of the system, the runtime, the host's own folder. */
  SANDBOX_UNUSABLE: (d: { reason: string }) =>
    `what modules are started in can't be made: ${d.reason}; all of it must be readable, and the host's folder writable: ` +
    "mend that and try again",
  /** The user that modules run as is blocked from a path that they need. */
  SANDBOX_PATH_BLOCKED: (d: { path: string; component: string; user: string; mode: string }) =>
    `${d.path} can't be reached by ${d.user}, whom modules run as: ${d.component} has mode ${d.mode}; every folder on the way ` +
    `must be open to that user: chmod o+x ${d.component}, or choose another path`,
  /** The memory that a module may have is less than its runtime takes. */
  SANDBOX_MEMORY_TOO_SMALL: (d: { limitBytes: number; leastBytes: number }) =>
    `limits.max_memory_bytes is ${d.limitBytes}, and the JavaScript runtime alone takes nearly that or more; at least ` +
    `${d.leastBytes} are needed on this machine: raise it in [modules.NAME.limits]`,
  /** The program of a module can't be run: nobody knows what by. */
  SANDBOX_BAD_PROGRAM: (d: { path: string; found: string }) =>
    `${d.path} is ${d.found}; allowed are JavaScript files, executables of this machine and scripts that name their ` +
    "interpreter: correct entry_point or build the module for this machine",
});
