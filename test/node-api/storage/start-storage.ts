import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { EngineError } from "../../../src/errors.js";
import type { Capability } from "../../../src/manifest/index.js";
import {
  bareDependencies,
  type Caller,
  createNodeApi,
  type NodeApi,
  type NodeApiDependencies,
} from "../../../src/node-api/index.js";
import { type RecordingLog, recordingLog } from "../../kit/process-recording-log.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { askAndWait, refusalOf } from "../start-api.js";

const capabilities: readonly Capability[] = ["read_storage", "write_storage", "manage_storage"];

/** Bytes of a short text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** One connection of a module to a node's API. */
export interface StorageClient {
  /** The answer. @throws the refusal */
  call(type: string, payload?: unknown): Promise<unknown>;
  /** The refusal. @throws when it was answered */
  refusal(type: string, payload?: unknown): Promise<EngineError>;
  disconnect(): void;
}

/** A node's API over a temporary data directory. It goes with the scope, as does what is stored. */
export interface StorageApi extends AsyncDisposable {
  readonly dataDir: string;
  readonly log: RecordingLog;
  /** What `limitsOf` answers from now on. */
  limitBytes: number;
  readonly api: NodeApi;
  connect(moduleName?: string): StorageClient;
  /** Closes the API and starts another one over the same directory. */
  restart(): Promise<void>;
}

export async function startStorage(deps: Partial<NodeApiDependencies> = {}): Promise<StorageApi> {
  const dir = await tempDir();
  const dataDir = join(dir.path, "data");
  await mkdir(dataDir);
  const log = recordingLog();
  const start = () =>
    createNodeApi(
      bareDependencies({
        publish: () => 1,
        dataDirOf: (name) => join(dataDir, name),
        limitsOf: () => ({ storageBytes: storage.limitBytes, fileBytes: 0, inodes: 0 }),
        log,
        ...deps,
      }),
    );
  let api: NodeApi | undefined;
  const storage: StorageApi = {
    dataDir,
    log,
    limitBytes: 1024 ** 3,
    get api() {
      api ??= start();
      return api;
    },
    connect: (moduleName = "asking") => connect(() => storage.api, moduleName),
    async restart() {
      await api?.close();
      api = undefined;
    },
    async [Symbol.asyncDispose]() {
      await api?.close();
      await dir[Symbol.asyncDispose]();
    },
  };
  return storage;
}

function connect(api: () => NodeApi, moduleName: string): StorageClient {
  const closers: (() => void)[] = [];
  let isClosed = false;
  // One object for each connection, as the host has it.
  const caller: Partial<Caller> = {
    moduleName,
    onClosed: (run) => {
      if (isClosed) run();
      else closers.push(run);
    },
  };
  const asked = (type: string, payload: unknown) =>
    askAndWait(type, payload, { capabilities, caller, api: api() });
  return {
    async call(type, payload = {}) {
      const served = await asked(type, payload);
      if (served.answers.length === 0) throw refusalOf(served);
      return served.answers[0];
    },
    refusal: async (type, payload = {}) => refusalOf(await asked(type, payload)),
    disconnect() {
      isClosed = true;
      for (const run of closers.splice(0)) run();
    },
  };
}
