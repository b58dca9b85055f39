const MIB = 1024 * 1024;
/** The runtime's own heap ends before the kernel's limit does: so it dies with a message that names the heap. */
const HEAP_SHARE = 0.75;
const LEAST_HEAP_MIB = 16;

/**
 * How the runtime is started for a module in a sandbox:
 * - the heap ends at three quarters of the module's memory, the rest is for buffers, WebAssembly and threads;
 * - text is never run as code (`eval`, `new Function`): what a module reads from the wire stays data;
 * - `__proto__` is no way to another object's prototype.
 * @param memoryBytes undefined where nothing limits it
 * @see `node --v8-options` and https://nodejs.org/api/cli.html
 */
export function runtimeFlags(memoryBytes: number | undefined): readonly string[] {
  const hardening = ["--disallow-code-generation-from-strings", "--disable-proto=delete"];
  if (memoryBytes === undefined) return hardening;
  const heapMib = Math.max(LEAST_HEAP_MIB, Math.floor((memoryBytes * HEAP_SHARE) / MIB));
  return [`--max-old-space-size=${heapMib}`, ...hardening];
}
