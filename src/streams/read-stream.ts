import { createHash } from "node:crypto";
import { streamErrors } from "./errors.js";
import { StreamReader } from "./file/stream-reader.js";
import { YamlText } from "./file/yaml-text.js";
import type { PreparedStream, StreamKinds } from "./prepared-stream.js";
import { sinkDefinitions } from "./sinks/catalogue.js";
import { stepDefinitions } from "./steps/catalogue.js";

const shippedKinds: StreamKinds = { steps: stepDefinitions, sinks: sinkDefinitions };

/**
 * Reads a stream's file, checks it as a whole and prepares it to run: schema, ids, kinds, options, expressions against
 * the events that can reach them, tests. The same text gives an equal stream. Opens nothing.
 * @param fileName as errors name it
 * @throws STREAM_INVALID with every problem that was found, in the order of the file
 */
export function readStream(
  text: string,
  fileName: string,
  kinds: StreamKinds = shippedKinds,
): PreparedStream {
  const yaml = new YamlText(text);
  const reader = new StreamReader(yaml, kinds);
  const hash = createHash("sha256").update(text).digest("hex");
  const prepared = reader.read(hash);
  if (prepared !== undefined) return prepared;
  throw streamErrors.STREAM_INVALID({ file: fileName, problems: reader.problems() });
}
