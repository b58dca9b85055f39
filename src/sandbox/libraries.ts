import { execFile } from "node:child_process";

const LDD_TIMEOUT_MS = 5000;
const MAX_OUTPUT_BYTES = 256 * 1024;

/**
 * The shared libraries and the loader that a program of this machine is run with, by absolute path, as ldd tells them;
 * none for a static one. Only for programs of the host or of the system: some ldd run what they look at.
 * Never rejects: what ldd can't read needs nothing that could be shown.
 */
export function librariesOf(lddPath: string | undefined, program: string): Promise<string[]> {
  if (lddPath === undefined) return Promise.resolve([]);
  const options = {
    timeout: LDD_TIMEOUT_MS,
    killSignal: "SIGKILL",
    maxBuffer: MAX_OUTPUT_BYTES,
    env: {},
  } as const;
  return new Promise((resolve) => {
    execFile(lddPath, [program], options, (error, output) => {
      resolve(error === null ? parseLibraries(output) : []);
    });
  });
}

/** Reads lines such as `libc.so.6 => /lib/libc.so.6 (0x…)` and `/lib64/ld-linux.so.2 (0x…)`. */
export function parseLibraries(output: string): string[] {
  return output.split("\n").flatMap((line) => {
    const [, path] = /(?:=>\s+)?(\/\S.*?)\s+\(0x[0-9a-f]+\)$/.exec(line.trim()) ?? [];
    return path === undefined ? [] : [path];
  });
}
