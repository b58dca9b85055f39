import type { IncomingHttpHeaders } from "node:http";
import { httpErrors } from "../errors.js";

/**
 * Refuses a body that is not JSON in UTF-8, as it is. Pages of other sites can't send that type unasked, so this is one
 * of the things that keep them out.
 * @throws HTTP_CONTENT_TYPE
 */
export function requireJson(headers: IncomingHttpHeaders): void {
  const { "content-type": type, "content-encoding": encoding } = headers;
  if (type === undefined) throw httpErrors.HTTP_CONTENT_TYPE({ found: "of no Content-Type" });
  if (!/^application\/json *(; *charset="?utf-8"? *)?$/i.test(type)) {
    throw httpErrors.HTTP_CONTENT_TYPE({ found: `of Content-Type ${JSON.stringify(type.slice(0, 100))}` });
  }
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw httpErrors.HTTP_CONTENT_TYPE({ found: `encoded as ${JSON.stringify(encoding.slice(0, 100))}` });
  }
}
