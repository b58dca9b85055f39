import { z } from "zod";

const folder = z.string().min(1);
const moduleNames = z.array(z.string().min(1)).max(1000);
const waitMs = z.int().min(0).max(600_000);

/** Where modules are found, which of them run, and how long they get to stop: the `[modules]` table. */
export const modulesOptions = z.strictObject({
  modules_dir: folder.optional().meta({
    description: "Folder that is searched for modules. Default: the modules that ship with the package.",
  }),
  data_dir: folder.default("data").meta({
    description: "Folder of this host's state: lock, control socket, one data folder per module.",
  }),
  socket_dir: folder.optional().meta({
    description:
      "Folder of the modules' sockets. Default: inside data_dir, or a private folder for temporary files where that path is too long.",
  }),
  enabled_modules: moduleNames.optional().meta({
    description: "Names of the modules that are loaded at start. Default: all that are found.",
  }),
  disabled_modules: moduleNames.default([]).meta({
    description: "Names of modules that are not loaded at start, even when enabled_modules names them.",
  }),
  shutdown_ack_ms: waitMs.default(1000).meta({
    unit: "milliseconds",
    description: "Time for modules to finish their events at shutdown before they are told to stop.",
  }),
  stop_timeout_ms: waitMs.default(5000).meta({
    unit: "milliseconds",
    description: "Time between telling a module to stop and SIGTERM.",
  }),
  kill_timeout_ms: waitMs.default(2000).meta({
    unit: "milliseconds",
    description: "Time between SIGTERM and SIGKILL.",
  }),
});
export type ModulesOptions = z.output<typeof modulesOptions>;
export type ModulesOptionsInput = z.input<typeof modulesOptions>;
