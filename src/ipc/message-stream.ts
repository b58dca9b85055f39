import { Observable } from "rxjs";
import { EngineError } from "../errors.js";
import type { Codec } from "./codec.js";
import { ipcErrors } from "./errors.js";
import { type BodyTaker, FrameDecoder, type FrameDecoderOptions } from "./frame-decoder.js";
import { type Message, parseMessage } from "./messages.js";
import type { Transport } from "./transport.js";

export interface MessageStreamOptions extends FrameDecoderOptions {
  readonly maxFrameBytes: number;
  /** Told after each chunk how many bytes of an unfinished frame are held, 0 for none. */
  readonly onPartial?: (partialBytes: number) => void;
  /** Told before each message how many bytes its body has. */
  readonly onBody?: (bytes: number) => void;
  /** Told after each chunk how many bytes arrived. */
  readonly onBytes?: (bytes: number) => void;
  /** Told of each body that is no message what is wrong with it, before the error is handed on. */
  readonly onBadBody?: (kind: "bad_msgpack" | "bad_schema" | "body_limit") => void;
}

/**
 * The messages that a transport carries, in order, each once. A body that can't be read is a value (the error),
 * not the end; a frame length that can't be read is an error of the Observable: nothing after it can be trusted.
 * Completes when the transport does; an unfinished frame is then dropped.
 */
export function messages$(
  transport: Transport,
  codec: Codec,
  options: MessageStreamOptions,
): Observable<Message | EngineError> {
  return new Observable((subscriber) => {
    const decoder = new FrameDecoder(options.maxFrameBytes, options);
    const onBody: BodyTaker = (bytes, start, end, isGiven) => {
      if (subscriber.closed) return;
      options.onBody?.(end - start);
      subscriber.next(readBody(codec, options, bytes, start, end, isGiven));
    };
    return transport.chunks$.subscribe({
      next(chunk) {
        options.onBytes?.(chunk.length);
        const problem = decoder.cut(chunk, onBody);
        if (problem !== undefined) subscriber.error(problem);
        else options.onPartial?.(decoder.partialBytes);
      },
      complete: () => subscriber.complete(),
    });
  });
}

function readBody(
  codec: Codec,
  { onBadBody }: MessageStreamOptions,
  ...body: Parameters<BodyTaker>
): Message | EngineError {
  try {
    const message = parseMessage(codec.decode(...body));
    if (typeof message !== "string") return message;
    onBadBody?.("bad_schema");
    return ipcErrors.DECODE_ERROR({ found: message });
  } catch (error) {
    onBadBody?.(error instanceof EngineError && error.code === "LIMIT" ? "body_limit" : "bad_msgpack");
    if (error instanceof EngineError) return error;
    return ipcErrors.DECODE_ERROR({ found: "it can't be decoded" }, { cause: error });
  }
}
