import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { EngineError } from "../../../src/errors.js";
import { bareDependencies, createNodeApi, type KeepingLimits } from "../../../src/node-api/index.js";
import { type RequestName, requestDefinition } from "../../../src/requests/index.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { askAndWait } from "../start-api.js";

/** A module's data directory with a folder beside it that holds what the module must never reach. */
export interface FileScene extends AsyncDisposable {
  /** The module's data directory. */
  readonly root: string;
  /** Outside of it. */
  readonly outside: string;
  at(...parts: readonly string[]): string;
  /** The answer to a request of the module; rejects with its refusal. */
  ask(type: RequestName, payload?: object): Promise<unknown>;
  /** The code of the refusal of a request, or its answer when there is none. */
  codeOf(type: RequestName, payload?: object): Promise<unknown>;
}

const MIB = 1024 * 1024;

export async function startFileScene(
  limits: Partial<KeepingLimits> = {},
  dataDir?: string,
): Promise<FileScene> {
  const dir = await tempDir();
  const root = join(dir.path, "data", "asking");
  const outside = join(dir.path, "outside");
  await mkdir(root, { recursive: true });
  await mkdir(outside);
  const api = createNodeApi(
    bareDependencies({
      publish: () => 1,
      dataDirOf: (name) => dataDir ?? join(dir.path, "data", name),
      limitsOf: () => ({ storageBytes: 0, fileBytes: 64 * MIB, inodes: 1000, ...limits }),
    }),
  );
  const ask: FileScene["ask"] = async (type, payload = {}) => {
    const { permission } = requestDefinition(type);
    const capabilities = permission === undefined ? [] : [permission];
    const { answers, refusals } = await askAndWait(type, payload, { api, capabilities });
    if (refusals.length > 0) throw refusals[0];
    return answers[0];
  };
  return {
    root,
    outside,
    at: (...parts) => join(root, ...parts),
    ask,
    codeOf: (type, payload) => ask(type, payload).catch((refusal: EngineError) => refusal.code),
    async [Symbol.asyncDispose]() {
      await api.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}
