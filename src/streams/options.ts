import { z } from "zod";

/** The `[streams]` table of the configuration file. */
export const streamsOptions = z.strictObject({
  dir: z.string().min(1).optional().meta({
    description:
      "Folder whose .yaml and .yml files are the host's streams; files that come, change and go are followed while it runs. Default: no streams.",
  }),
  files_dir: z.string().min(1).optional().meta({
    description:
      "Folder below which sinks write their files and dead letters. Default: .streams in the data directory.",
  }),
  max_streams: z.int().min(1).max(1000).default(200).meta({
    unit: "streams",
    description: "Files of the folder that are taken; a further one is told as a problem and not run.",
  }),
});

/** The `[streams]` table as users write it. */
export type StreamsOptionsInput = z.input<typeof streamsOptions>;

/** The `[streams]` table with defaults filled in. */
export type StreamsOptions = z.output<typeof streamsOptions>;
