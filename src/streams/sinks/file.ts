import { z } from "zod";
import { duration } from "../duration.js";
import { defineSink, type SinkLoss } from "../sink.js";
import type { StreamItem } from "../stream-item.js";
import { byteSize } from "./byte-size.js";
import { pathProblem } from "./file-place.js";
import { itemJson } from "./item-json.js";
import { LineFile } from "./line-file.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const MOST_AT_ONCE = 256;

/** Appends each item as a line of JSON to a file that rotates. */
export const fileSink = defineSink({
  kind: "file",
  docs: {
    summary:
      "Appends each item as one line of JSON to a file below the folder for files (mode 0600). It rotates before it would " +
      "grow beyond `max_bytes`, and at the first item after `every`: `name.1` is the file before, `max_files` counts all.",
    ordering: "Lines are written in the order of the items.",
    memory: "Up to 256 items of its buffer are being written; the next follow then.",
    onComplete: "Writes what its buffer holds, to the disk unless `fsync: never`.",
    onError:
      "A write that fails, as on a full disk, costs the items in hand, leaves no half of a line, and is tried again with " +
      "the next ones. The torn last line of a killed process is cut off when the file is opened. Links, paths that lead " +
      "out of the folder and a file of another sink are refused. With `fsync: always` an item counts as written when it " +
      "is on the disk.",
    example: "{ id: keep, file: { path: large-fee.ndjson, rotate: { max_bytes: 10MiB, every: 1d } } }",
  },
  options: z.strictObject({
    path: z.string().min(1).meta({
      description:
        "Where the file is, relative to the folder for files; folders on the way are made. No other sink may write it or its older ones.",
    }),
    format: z.literal("ndjson").default("ndjson").meta({ description: "One line of JSON for each item." }),
    rotate: z
      .strictObject({
        max_bytes: byteSize(1, 100 * GIB)
          .default(100 * MIB)
          .meta({
            unit: "bytes",
            description:
              "Size that a file doesn't grow beyond, unless a single line is longer; 100 MiB by default.",
          }),
        max_files: z.int().min(1).max(1000).default(5).meta({
          unit: "files",
          description: "Files that are kept, the one that is written among them; the oldest goes.",
        }),
        every: duration.optional().meta({
          description:
            "Age of a file at which the next item begins a new one; without it only the size decides.",
        }),
      })
      .prefault({}),
    fsync: z.enum(["never", "interval", "always"]).default("interval").meta({
      description:
        "When lines go through to the disk: when the system likes, each `interval` while there are new ones, or before they count as written.",
    }),
    interval: duration
      .prefault("1s")
      .meta({ description: "With `fsync: interval`, what a loss of power may cost." }),
  }),
  prepare({ path, rotate, fsync, interval }, context) {
    const problem = pathProblem(path);
    if (problem !== undefined)
      throw context.fault(["path"], { found: problem, allowed: "a relative path such as fees/large.ndjson" });
    return {
      open({ ports, streamName, id, scheduler, log }) {
        const file = new LineFile(
          {
            filesDir: ports.filesDir,
            claims: ports.fileClaims,
            owner: { stream: streamName, sink: id },
            scheduler,
            log,
          },
          {
            path,
            maxBytes: rotate.max_bytes,
            maxFiles: rotate.max_files,
            ...(rotate.every !== undefined && { everyMs: rotate.every }),
            fsync,
            fsyncIntervalMs: interval,
          },
        );
        const append = async (items: readonly StreamItem[]): Promise<SinkLoss | undefined> => {
          const { written, error } = await file.append(items.map(({ value }) => itemJson(value)));
          return written === items.length ? undefined : { items: items.length - written, error };
        };
        return {
          write: async (item) => {
            const loss = await append([item]);
            if (loss !== undefined) throw loss.error;
          },
          batch: { maxItems: MOST_AT_ONCE, write: append },
          close: () => file.close(),
        };
      },
    };
  },
});
