import type { RecordingFile } from "./recording-file.js";
import {
  beginsSegment,
  endOf,
  MAX_SEGMENTS,
  parseSegmentHeader,
  SEGMENT_HEADER_BYTES,
  type Segment,
} from "./segment.js";
import { beginsIndex, indexBytes, indexOffset, parseIndex, TRAILER_BYTES } from "./segment-index.js";

/** What keeps a file from being whole. */
export interface RecordingFlaw {
  /** The first byte that is of no use. */
  readonly offsetBytes: number;
  readonly problem: string;
  /** `cut`: the file ends too early, as that of a killed recorder does. `damaged`: bytes changed. */
  readonly kind: "cut" | "damaged";
}

export interface FoundSegments {
  readonly segments: readonly Segment[];
  readonly flaw: RecordingFlaw | undefined;
}

/** Finds the segments behind the header, which ends at `startBytes`. @throws RECORDING_UNREADABLE */
export async function findSegments(file: RecordingFile, startBytes: number): Promise<FoundSegments> {
  const indexed = await readIndex(file, startBytes);
  return indexed === undefined ? scanSegments(file, startBytes) : { segments: indexed, flaw: undefined };
}

/** Undefined when the file has no index that fits it. */
async function readIndex(file: RecordingFile, startBytes: number): Promise<readonly Segment[] | undefined> {
  const end = file.sizeBytes - TRAILER_BYTES;
  if (end < startBytes) return undefined;
  const offset = indexOffset(await file.bytes(end, TRAILER_BYTES));
  if (offset === undefined || offset < startBytes || offset > end) return undefined;
  if (end - offset > indexBytes(MAX_SEGMENTS)) return undefined;
  const segments = parseIndex(await file.bytes(offset, end - offset));
  return segments !== undefined && liesSideBySide(segments, startBytes, offset) ? segments : undefined;
}

function liesSideBySide(segments: readonly Segment[], startBytes: number, endBytes: number): boolean {
  let at = startBytes;
  for (const segment of segments) {
    if (segment.offsetBytes !== at) return false;
    at = endOf(segment);
  }
  return at === endBytes;
}

/** Walks from segment to segment without inflating any. */
async function scanSegments(file: RecordingFile, startBytes: number): Promise<FoundSegments> {
  const segments: Segment[] = [];
  const ends = (offsetBytes: number, kind: RecordingFlaw["kind"], problem: string): FoundSegments => ({
    segments,
    flaw: { offsetBytes, kind, problem },
  });
  let at = startBytes;
  for (;;) {
    const left = file.sizeBytes - at;
    if (left === 0) return ends(at, "cut", "its index is missing");
    const bytes = await file.bytes(at, Math.min(left, SEGMENT_HEADER_BYTES));
    // Nothing but the index is behind the last segment, and it tells nothing that was not found by now.
    if (beginsIndex(bytes)) return ends(at, "cut", "its index is cut off or damaged");
    if (bytes.length >= 4 && !beginsSegment(bytes)) return ends(at, "damaged", "no segment begins there");
    if (bytes.length < SEGMENT_HEADER_BYTES) return ends(at, "cut", "it ends inside a segment");
    const segment = parseSegmentHeader(bytes, at);
    if (typeof segment === "string") return ends(at, "damaged", segment);
    if (endOf(segment) > file.sizeBytes) return ends(at, "cut", "it ends inside a segment");
    if (segments.length === MAX_SEGMENTS) return ends(at, "damaged", `more than ${MAX_SEGMENTS} segments`);
    segments.push(segment);
    at = endOf(segment);
  }
}
