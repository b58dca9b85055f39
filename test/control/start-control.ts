import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Subject } from "rxjs";
import { z } from "zod";
import {
  type ControlMethod,
  type ControlServer,
  controlMethod,
  createControlServer,
} from "../../src/control/index.js";
import type { AnyEvent } from "../../src/events/index.js";
import { type RecordingLog, recordingLog } from "../kit/process-recording-log.js";
import { tempDir } from "../kit/process-temp-dir.js";

export interface TestControl extends AsyncDisposable {
  readonly dataDir: string;
  readonly server: ControlServer;
  readonly events: Subject<AnyEvent>;
  readonly log: RecordingLog;
}

const echo = controlMethod(z.strictObject({ text: z.string() }), ({ text }) => ({ text }));

/** A real control door in a directory of its own; it has the method `echo` and whatever a test adds. */
export async function startControl(methods: Record<string, ControlMethod> = {}): Promise<TestControl> {
  const dir = await tempDir();
  const events = new Subject<AnyEvent>();
  const log = recordingLog();
  const server = createControlServer(
    { methods: { echo, ...methods }, all$: events, log },
    { dataDir: dir.path },
  );
  await server.start({ httpUrl: "http://127.0.0.1:1" });
  return {
    dataDir: dir.path,
    server,
    events,
    log,
    async [Symbol.asyncDispose]() {
      await server.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** A bare connection to the socket, for what no client of ours would send. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  send(line: string): void;
  /** The next line as JSON; undefined when the host has closed. */
  next(): Promise<unknown>;
}

export function connectRaw(dataDir: string): RawClient {
  const socket = connect({ path: join(dataDir, "host.sock"), allowHalfOpen: true });
  let lines: AsyncIterator<string> | undefined;
  return {
    socket,
    send: (line) => void socket.write(`${line}\n`),
    async next() {
      // Reading starts here: a test that asks for no line is a client that reads nothing.
      lines ??= createInterface({ input: socket })[Symbol.asyncIterator]();
      const { value } = await lines.next();
      return value === undefined ? undefined : JSON.parse(value);
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}
