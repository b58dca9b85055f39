import { readFileSync } from "node:fs";

/** Every error code of docs/errors.md. */
export const documentedCodes: ReadonlySet<string> = new Set(
  [...readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8").matchAll(/^### `(.+)`$/gm)].map(
    ([, code]) => code as string,
  ),
);
