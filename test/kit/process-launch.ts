import type { Readable } from "node:stream";
import { silentLogger } from "../../src/log.js";
import { type ModuleProcess, spawnModule } from "../../src/supervisor/module-process.js";
import { type TempDir, tempDir } from "./process-temp-dir.js";

export interface LaunchedScript extends AsyncDisposable {
  readonly process: ModuleProcess;
  readonly dataDir: string;
}

/** Runs a piece of JavaScript as a module process; kills it at the end of the scope. */
export async function launchScript(script: string, token = "token"): Promise<LaunchedScript> {
  return launchCommandLine(process.execPath, ["-e", script], token);
}

export async function launchCommandLine(
  command: string,
  args: readonly string[],
  token = "token",
): Promise<LaunchedScript> {
  const dir: TempDir = await tempDir();
  const options = { command, args, environment: { MODULE_NAME: "probe" }, dataDir: dir.path, token };
  const child = spawnModule({ log: silentLogger }, options);
  return {
    process: child,
    dataDir: dir.path,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** The first line of a stream, without its end. */
export async function firstLine(stream: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    const end = text.indexOf("\n");
    if (end !== -1) return text.slice(0, end);
  }
  return text;
}

/** All of a stream, as text. */
export async function wholeText(stream: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}
