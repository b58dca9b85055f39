import { Observable } from "rxjs";
import { EngineError } from "../errors.js";
import type { Codec } from "./codec.js";
import { ipcErrors } from "./errors.js";
import { FrameDecoder } from "./frame-decoder.js";
import { type Message, parseMessage } from "./messages.js";
import type { Transport } from "./transport.js";

export interface MessageStreamOptions {
  readonly maxFrameBytes: number;
  /** Told after each chunk how many bytes of an unfinished frame are held, 0 for none. */
  readonly onPartial?: (partialBytes: number) => void;
  /** Told after each chunk how many bytes arrived. */
  readonly onBytes?: (bytes: number) => void;
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
    const decoder = new FrameDecoder(options.maxFrameBytes);
    const onBody = (bytes: Uint8Array, start: number, end: number) => {
      if (!subscriber.closed) subscriber.next(readBody(codec, bytes, start, end));
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

function readBody(codec: Codec, bytes: Uint8Array, start: number, end: number): Message | EngineError {
  try {
    const message = parseMessage(codec.decode(bytes, start, end));
    return typeof message === "string" ? ipcErrors.DECODE_ERROR({ found: message }) : message;
  } catch (error) {
    if (error instanceof EngineError) return error;
    return ipcErrors.DECODE_ERROR({ found: "it can't be decoded" }, { cause: error });
  }
}
