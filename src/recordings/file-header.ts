import { crc32 } from "node:zlib";
import { z } from "zod";
import { type EventType, isEventType } from "../events/index.js";

/** What a recording says of itself. */
export interface RecordingHeader {
  /** When it was begun, in ms since 1970-01-01 UTC. */
  readonly createdMs: number;
  /** Version of the package that wrote it. */
  readonly packageVersion: string;
  /** The types that were recorded; undefined: all. */
  readonly types: readonly EventType[] | undefined;
}

/** Why the beginning of a file is no header. */
export type HeaderProblem = { readonly is: "cut" | "damaged" | "foreign"; readonly problem: string };

const MAGIC = Buffer.from("BLVMREC\n", "latin1");
const FORMAT_VERSION = 1;
const PREFIX_BYTES = MAGIC.length + 8;
const MAX_TEXT_BYTES = 64 * 1024;
/** The most that a header may take. */
export const MAX_HEADER_BYTES: number = PREFIX_BYTES + MAX_TEXT_BYTES;

const headerText = z.looseObject({
  version: z.literal(FORMAT_VERSION),
  created_ms: z.int().min(0),
  package_version: z.string().max(100),
  types: z.array(z.string().max(100)).max(1000).nullable(),
});

/**
 * The first bytes of a file:
 * ```
 *   "BLVMREC\n" │ u32 length │ u32 CRC-32 of the text │ JSON text
 * ```
 * All numbers of the format are big-endian.
 */
export function encodeHeader({ createdMs, packageVersion, types }: RecordingHeader): Buffer {
  const text = Buffer.from(
    JSON.stringify({
      version: FORMAT_VERSION,
      created_ms: createdMs,
      package_version: packageVersion,
      types: types ?? null,
    }),
  );
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(text.length, 0);
  prefix.writeUInt32BE(crc32(text), 4);
  return Buffer.concat([MAGIC, prefix, text]);
}

/** Reads the header at the start of `bytes`; `endBytes` is where it ends. */
export function parseHeader(
  bytes: Buffer,
): { readonly header: RecordingHeader; readonly endBytes: number } | HeaderProblem {
  const magic = bytes.subarray(0, MAGIC.length);
  if (!magic.equals(MAGIC.subarray(0, magic.length)))
    return { is: "foreign", problem: "another kind of file" };
  if (bytes.length < PREFIX_BYTES) return { is: "cut", problem: "it ends inside its header" };
  const length = bytes.readUInt32BE(MAGIC.length);
  if (length > MAX_TEXT_BYTES) return { is: "damaged", problem: `its header announces ${length} bytes` };
  const endBytes = PREFIX_BYTES + length;
  if (bytes.length < endBytes) return { is: "cut", problem: "it ends inside its header" };
  const text = bytes.subarray(PREFIX_BYTES, endBytes);
  if (crc32(text) !== bytes.readUInt32BE(MAGIC.length + 4))
    return { is: "damaged", problem: "its header is not what its checksum says" };
  const parsed = headerText.safeParse(jsonOf(text));
  if (!parsed.success)
    return { is: "foreign", problem: `a recording of another version (${text.toString("latin1", 0, 60)})` };
  const { created_ms, package_version, types } = parsed.data;
  return {
    header: {
      createdMs: created_ms,
      packageVersion: package_version,
      types: types?.filter(isEventType),
    },
    endBytes,
  };
}

function jsonOf(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}
