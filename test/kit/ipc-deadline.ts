import { UnkeptPromise } from "./unkept-promise.js";

/** How long a wait lasts before it is given up: long enough for a machine that is busy with other tests. */
export const patience = { ms: 20_000 };

/** The promise's own end, or a rejection that names what was waited for. */
export async function withDeadline<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const { ms } = patience;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnkeptPromise(`waited ${ms} ms in vain for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when `claim` holds; looks every few milliseconds. */
export async function eventually(what: string, claim: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + patience.ms;
  while (!(await claim())) {
    if (performance.now() > endMs) throw new UnkeptPromise(`waited ${patience.ms} ms in vain: ${what}`);
    await new Promise<void>((resolve) => setTimeout(resolve, 2));
  }
}
