import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { HandshakeAck } from "../../src/sdk/index.js";
import { frame, pack } from "../kit/ipc-bytes.js";
import { Recorder } from "../kit/ipc-recorder.js";
import { WireClient } from "../kit/ipc-wire-client.js";
import { tempDir } from "../kit/process-temp-dir.js";

export const SCRIPTED_ACK: HandshakeAck = {
  node_version: "0.0.0-script",
  protocol: 1,
  features: ["ack", "gap"],
  max_frame_bytes: 65_536,
  capacity: 10,
  window: 4,
  heartbeat_ms: 1000,
};

/** A host that says exactly what the test says, on a path that lets in anybody, as often as they come. */
export interface ScriptedHost extends AsyncDisposable {
  readonly connections: Recorder<WireClient>;
  /** Options with which a module connects here. */
  readonly door: {
    readonly socketPath: string;
    readonly moduleId: string;
    readonly moduleName: string;
    readonly version: string;
    readonly token: string;
  };
  /** Takes the `count`th connection's handshake, answers it, and returns what the module said. */
  greet(count: number, changes?: Partial<HandshakeAck>): Promise<{ client: WireClient; handshake: unknown }>;
  /** Nobody can connect any more; those who are, stay. */
  stopListening(): Promise<void>;
}

export async function startScriptedHost(): Promise<ScriptedHost> {
  const dir = await tempDir();
  const socketPath = join(dir.path, "node.sock");
  const connections = new Recorder<WireClient>("connection of the module");
  const server: Server = createServer((socket) => connections.push(WireClient.over(socket)));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    connections,
    door: { socketPath, moduleId: "probe_0", moduleName: "probe", version: "1.0.0", token: "first token" },
    async greet(count, changes = {}) {
      const client = await connections.nth(count);
      const [, id, , handshake] = await client.next();
      client.send(1, id, true, { ...SCRIPTED_ACK, resume_token: `resume ${count}`, ...changes });
      return { client, handshake };
    },
    stopListening: async () => {
      server.close();
    },
    async [Symbol.asyncDispose]() {
      for (const client of connections.items) client.socket.destroy();
      server.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** One frame that holds an event of a new block, as a host sends it. */
export function blockFrame(seq: number): Uint8Array {
  return frame(pack([2, seq, 0, "NewBlock", { block_hash: "00".repeat(32), height: seq }, "node"]));
}
