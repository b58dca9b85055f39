import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { errorMessage } from "../errors.js";
import { type AnyEvent, type EventSource, isEventType, parsePayload } from "../events/index.js";
import { createMessagePackCodec, HOST_BODY_LIMITS, parseMessage } from "../ipc/index.js";
import { firstSeqOf, lastSeqOf, type RecordedItem } from "./recorded-item.js";
import { isIntact, SEGMENT_HEADER_BYTES, type Segment } from "./segment.js";

const inflate = promisify(gunzip);
const LENGTH_BYTES = 4;

/** Why a segment can't be read on: its bytes changed, or it holds an event of a later version. */
export interface SegmentProblem {
  readonly kind: "damaged" | "unknown_type";
  readonly problem: string;
}

/**
 * The items of a segment, in order, decoded one by one as they are asked for.
 * `bytes` are its header and its gzip member. It never inflates to more than the segment says of itself.
 * When it can't go on, it yields why and ends.
 */
export async function* decodeSegment(
  segment: Segment,
  bytes: Buffer,
  afterSeq: number,
): AsyncGenerator<RecordedItem | SegmentProblem, void> {
  if (!isIntact(bytes)) return yield damaged("a segment is not what its checksum says");
  const raw = await inflate(bytes.subarray(SEGMENT_HEADER_BYTES), {
    maxOutputLength: Math.max(1, segment.rawBytes),
  }).catch((error: unknown) => errorMessage(error));
  if (typeof raw === "string") return yield damaged(`a segment can't be inflated: ${raw}`);
  if (raw.length !== segment.rawBytes) return yield damaged("a segment inflates to another length");
  const codec = createMessagePackCodec(HOST_BODY_LIMITS);
  const found = { event: 0, gap: 0 };
  let lastSeq = afterSeq;
  let at = 0;
  while (at < raw.length) {
    const end = frameEnd(raw, at);
    if (end === undefined) return yield damaged("a frame is longer than its segment");
    const item = itemOf(() => codec.decode(raw, at + LENGTH_BYTES, end));
    at = end;
    if ("problem" in item) return yield item;
    const problem = orderProblem(item, segment, lastSeq);
    if (problem !== undefined) return yield damaged(problem);
    lastSeq = lastSeqOf(item);
    found[item.kind]++;
    yield item;
  }
  if (found.event !== segment.events || found.gap !== segment.gaps || lastSeq !== segment.lastSeq)
    yield damaged("a segment holds another number of events than it says");
}

function frameEnd(raw: Buffer, at: number): number | undefined {
  if (raw.length - at < LENGTH_BYTES) return undefined;
  const end = at + LENGTH_BYTES + raw.readUInt32BE(at);
  return end <= raw.length ? end : undefined;
}

function itemOf(decode: () => unknown): RecordedItem | SegmentProblem {
  let body: unknown;
  try {
    body = decode();
  } catch (error) {
    return damaged(`a frame can't be decoded: ${errorMessage(error)}`);
  }
  const message = parseMessage(body);
  if (typeof message === "string") return damaged(`a frame is no message: ${message}`);
  if (message.kind === "gap") {
    const { from_seq, to_seq, count, reason } = message.gap;
    return { kind: "gap", gap: { from_seq, to_seq, count, reason } };
  }
  if (message.kind !== "event") return damaged(`a frame holds a ${message.kind}, not an event`);
  const { type, source, seq, timestamp_ms } = message.event;
  if (!isEventType(type))
    return { kind: "unknown_type", problem: `an event of type ${JSON.stringify(type)}` };
  if (!isSource(source)) return damaged(`an event has the source ${JSON.stringify(source)}`);
  const parsed = parsePayload(type, message.event.payload);
  if (!parsed.ok) return damaged(`an event has a payload that its type doesn't allow: ${parsed.message}`);
  return { kind: "event", event: { seq, type, payload: parsed.payload, timestamp_ms, source } as AnyEvent };
}

function orderProblem(item: RecordedItem, segment: Segment, lastSeq: number): string | undefined {
  const [from, to] = [firstSeqOf(item), lastSeqOf(item)];
  if (from <= lastSeq || to < from) return `seq ${from} follows seq ${lastSeq}`;
  if (from < segment.firstSeq || to > segment.lastSeq) return `seq ${from} is not one of its segment`;
  return undefined;
}

function isSource(source: string): source is EventSource {
  return source === "node" || /^(?:module|stream):./.test(source);
}

function damaged(problem: string): SegmentProblem {
  return { kind: "damaged", problem };
}
