import { httpErrors } from "../errors.js";

const ALLOWED = "event=N&module=NAME, each once: a seq from 1 on and the name of an installed module";
const MAX_NAME_CHARS = 256;

/** What `/page/explain` is asked. @throws HTTP_BAD_REQUEST */
export function queriedEvent(query: URLSearchParams): { readonly module: string; readonly seq: number } {
  for (const name of query.keys())
    if (name !== "event" && name !== "module")
      throw bad(`unknown query parameter ${JSON.stringify(name.slice(0, 100))}`);
  const event = only(query, "event");
  const module = only(query, "module");
  const seq = /^[1-9]\d{0,15}$/.test(event) ? Number(event) : Number.NaN;
  if (!Number.isSafeInteger(seq))
    throw bad(`event is ${JSON.stringify(event.slice(0, 100))}, which is no seq`);
  if (module === "" || module.length > MAX_NAME_CHARS) throw bad("module is no module's name");
  return { module, seq };
}

function only(query: URLSearchParams, name: string): string {
  const [value, ...others] = query.getAll(name);
  if (value === undefined) throw bad(`${name} is missing`);
  if (others.length > 0) throw bad(`${name} stands there ${others.length + 1} times`);
  return value;
}

function bad(problem: string) {
  return httpErrors.HTTP_BAD_REQUEST({ problem, allowed: ALLOWED });
}
