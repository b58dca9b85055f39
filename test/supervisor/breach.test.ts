import { describe, expect, it } from "vitest";
import { breachOf, type EndEvidence } from "../../src/supervisor/breach.js";
import { LastWords } from "../../src/supervisor/last-words.js";
import { launchRequest } from "../kit/sandbox-off.js";

const MIB = 1024 * 1024;
const { limits } = launchRequest({ entryPath: "/m/main.js", dataDir: "/d" });

function breach(evidence: Partial<EndEvidence>): string | undefined {
  return breachOf({
    code: null,
    signal: null,
    limits: { ...limits, memoryBytes: 256 * MIB },
    memoryKills: 0,
    memoryWords: undefined,
    lastMemoryBytes: 251 * MIB,
    isLimited: true,
    livedMs: 60_000,
    ...evidence,
  });
}

const heapWords = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory";

describe("the words of a breach", () => {
  it("name the limit of memory and what was resident, by the runtime's last words", () => {
    const text = `memory: 256 MiB limit, died at 251 MiB resident (${heapWords})`;
    expect(breach({ signal: "SIGABRT", memoryWords: heapWords })).toBe(text);
    expect(breach({ code: 1, memoryWords: heapWords })).toBe(text);
  });

  it("name it when the kernel counted a kill in the module's control group", () => {
    const text = "memory: 256 MiB limit, died at 251 MiB resident (killed by the kernel)";
    expect(breach({ signal: "SIGKILL", memoryKills: 1 })).toBe(text);
    expect(breach({ signal: "SIGTERM", memoryKills: 1 })).toBeUndefined();
  });

  it("say that nobody looked at a module that died at once", () => {
    expect(breach({ code: 1, memoryWords: heapWords, lastMemoryBytes: undefined })).toBe(
      `memory: 256 MiB limit, died before it was looked at (${heapWords})`,
    );
  });

  it("name processor time and file size by the kernel's own signals", () => {
    expect(breach({ signal: "SIGXCPU" })).toMatch(/^processor time: /);
    expect(breach({ signal: "SIGXFSZ" })).toBe("file size: 64 MiB limit for one file (max_file_bytes)");
  });

  it("are none for a signal that somebody else must have sent", () => {
    expect(breach({ signal: "SIGXCPU", livedMs: 1000 })).toBeUndefined();
    expect(breach({ signal: "SIGXFSZ", isLimited: false })).toBeUndefined();
  });

  it("are none where nothing says that it was a limit", () => {
    expect(breach({ signal: "SIGKILL" })).toBeUndefined();
    expect(breach({ signal: "SIGABRT" })).toBeUndefined();
    expect(breach({ code: 1 })).toBeUndefined();
    expect(breach({ code: 0, memoryWords: heapWords })).toBeUndefined();
  });
});

describe("the last words of a module", () => {
  it.each([
    heapWords,
    "FATAL ERROR: Committing semi space failed. Allocation failed - JavaScript heap out of memory",
    "FATAL ERROR: Zone Allocation failed - process out of memory",
    "RangeError: Array buffer allocation failed",
    "RangeError: WebAssembly.Memory.grow(): Maximum memory size exceeded",
    "RangeError: WebAssembly.Memory(): could not allocate memory",
    "Error [ERR_WORKER_OUT_OF_MEMORY]: Worker terminated due to reaching memory limit: JS heap out of memory",
    "MemoryError",
    "  what():  std::bad_alloc",
    "fatal error: runtime: out of memory",
    "memory allocation of 1048576 bytes failed",
  ])("are known as words about memory: %s", (line) => {
    const words = new LastWords();
    for (const each of ["began", line, "    at main.js:1:1"]) words.note(each);
    expect(words.aboutMemory).toBe(line);
  });

  it.each([
    "worried about JavaScript heap out of memory",
    "warning: RangeError: Array buffer allocation failed, will try less",
    "MemoryErrors are rare",
  ])("are not taken from talk: %s", (line) => {
    const words = new LastWords();
    words.note(line);
    expect(words.aboutMemory).toBeUndefined();
  });

  it("are forgotten after forty lines, and cut to four hundred characters", () => {
    const words = new LastWords();
    words.note(`${heapWords}${"!".repeat(10_000)}`);
    expect(words.aboutMemory).toHaveLength(400);
    for (let n = 0; n < 40; n++) words.note("other");
    expect(words.aboutMemory).toBeUndefined();
  });
});
