import { z } from "zod";

const arg = z.object({
  name: z.string(),
  long_name: z.string().nullish(),
  short_name: z.string().nullish(),
  required: z.boolean().nullish(),
  takes_value: z.boolean().nullish(),
  default: z.string().nullish(),
});
/** One argument of a module's command. */
export type SpecArg = z.output<typeof arg>;

const spec = z.object({
  name: z.string(),
  about: z.string().nullish(),
  subcommands: z.array(z.object({ name: z.string(), about: z.string().nullish(), args: z.array(arg) })),
});
/** The commands of a module, as the host tells them; it has checked them. */
export type ModuleSpec = z.output<typeof spec>;

/** The specs by the name of the command. */
export const moduleSpecs = z.record(z.string(), spec);
