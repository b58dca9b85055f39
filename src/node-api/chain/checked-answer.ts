import { type GivenAnswer, type RequestName, requestDefinition } from "../../requests/index.js";
import type { SourceCall } from "./from-source.js";
import { badSourceAnswer } from "./source-bytes.js";

/**
 * Holds a record of the source against the answer's schema, so that no module gets what its client would refuse.
 * @throws BAD_SOURCE_ANSWER with the first field that doesn't fit
 */
export function checkedAnswer<Name extends RequestName>(
  call: SourceCall,
  name: Name,
  what: string,
  given: GivenAnswer<Name>,
): GivenAnswer<Name> {
  const parsed = requestDefinition(name).answer().safeParse(given);
  if (parsed.success) return given;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".") || "the whole";
  throw badSourceAnswer(call, what, `field ${field}: ${issue?.message ?? "it doesn't fit"}`);
}
