import { Writable } from "node:stream";
import { runCli } from "../../src/cli/run-cli.js";

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

class TextSink extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs one command line in this process and keeps what it printed. */
export async function runCommand(args: readonly string[], columns?: number): Promise<CliResult> {
  const stdout = new TextSink();
  const stderr = new TextSink();
  const code = await runCli(args, { stdout, stderr, columns });
  return { code, stdout: stdout.text, stderr: stderr.text };
}
