import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { until } from "../../../kit/host-until.js";
import { tempDir } from "../../../kit/process-temp-dir.js";

export interface RealNode extends AsyncDisposable {
  ask(method: string, ...params: unknown[]): Promise<unknown>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A real node on an empty regtest chain of its own, alone; it goes with the scope. */
export async function startBitcoind(program: string): Promise<RealNode> {
  const dir = await tempDir();
  const port = await freePort();
  const process = spawn(
    program,
    [
      "-regtest",
      `-datadir=${dir.path}`,
      `-rpcport=${port}`,
      "-rpcuser=test",
      "-rpcpassword=test",
      "-listen=0",
      "-connect=0",
    ],
    { stdio: "ignore" },
  );
  const exited = once(process, "exit");
  const authorization = `Basic ${Buffer.from("test:test").toString("base64")}`;
  async function ask(method: string, ...params: unknown[]): Promise<unknown> {
    const body = JSON.stringify({ id: 1, method, params });
    const reply = await fetch(`http://127.0.0.1:${port}`, {
      method: "POST",
      headers: { authorization },
      body,
    });
    const { result, error } = (await reply.json()) as { result: unknown; error: { message: string } | null };
    if (error !== null) throw new Error(`${method}: ${error.message}`);
    return result;
  }
  await until(
    "the node answers",
    () =>
      ask("getblockcount").then(
        () => true,
        () => false,
      ),
    60_000,
  );
  return {
    ask,
    async [Symbol.asyncDispose]() {
      await ask("stop");
      await exited;
      await dir[Symbol.asyncDispose]();
    },
  };
}
