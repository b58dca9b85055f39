import { existsSync } from "node:fs";

/** The URL of a built file, for scripts that run in processes of their own. */
export function distUrl(path: string): string {
  const url = new URL(`../../dist/${path}`, import.meta.url);
  if (!existsSync(url)) throw new Error(`dist/${path} is missing; run npm run build first`);
  return url.href;
}
