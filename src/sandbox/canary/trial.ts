import { randomBytes } from "node:crypto";
import type { SchedulerLike } from "rxjs";
import { errorMessage } from "../../errors.js";
import { type ActiveLayers, seenPaths } from "../launch-command.js";
import type {
  LaunchLimits,
  LaunchRequest,
  LaunchWords,
  SandboxedCommand,
  SeenPaths,
} from "../launch-request.js";
import { leakedDescriptors } from "../leaked-descriptors.js";
import type { UserIds } from "../machine.js";
import {
  type CanaryFolder,
  makeCanaryFolder,
  planCanaryFolder,
  removeCanaryFolder,
} from "./canary-folder.js";
import { runProgram } from "./run-program.js";

const MIB = 1024 * 1024;
const TOKEN_BYTES = 16;

/** How a program is started for a trial. */
export interface TrialTerms {
  readonly scheduler: SchedulerLike;
  /** A folder of the host that the program's user may pass through. */
  readonly privateDir: string;
  /** Whom it runs as; undefined when that is the host's own user. */
  readonly user: UserIds | undefined;
  readonly active: ActiveLayers;
  readonly sizes: Pick<LaunchLimits, "tmpBytes" | "shmBytes">;
  readonly deadlineMs: number;
  readonly launch: (
    request: LaunchRequest,
    wordsOf: (seen: SeenPaths) => LaunchWords,
  ) => Promise<SandboxedCommand>;
}

/** What is started, made for the place where it is. */
export interface TrialProgram {
  /** Its whole file. It prints the token and `answersBytes` more, then waits for the end of its standard input. */
  readonly file: Buffer;
  readonly answersBytes: number;
}

export interface TrialPlace {
  readonly folder: CanaryFolder;
  readonly request: LaunchRequest;
  readonly seen: SeenPaths;
  readonly environment: Readonly<Record<string, string>>;
  readonly token: Buffer;
}

export type TrialResult = { readonly isRun: true; readonly answers: Buffer } | NotRun;

/** Why it did not run; `isLate` when its deadline came first. */
export interface NotRun {
  readonly isRun: false;
  readonly reason: string;
  readonly isLate?: boolean;
}

/**
 * Starts a program as a module is started, without grants, and collects what it prints; at most `deadlineMs`. That it
 * prints the token proves that the host's own copy was run. Never rejects; nothing of it is left afterwards.
 */
export async function runTrial(
  terms: TrialTerms,
  programName: string,
  make: (place: TrialPlace) => TrialProgram,
  onPrinted: (pid: number) => void = () => {},
): Promise<TrialResult> {
  const { privateDir, user, active, sizes, scheduler, deadlineMs } = terms;
  const folder = planCanaryFolder(privateDir, programName);
  const request = requestOf(folder, sizes);
  const environment = { MODULE_NAME: "canary" };
  const token = randomBytes(TOKEN_BYTES / 2).toString("hex");
  try {
    const place = {
      folder,
      request,
      seen: seenPaths(active, request),
      environment,
      token: Buffer.from(token),
    };
    const { file, answersBytes } = make(place);
    await makeCanaryFolder(folder, file, user);
    const command = await terms.launch(request, () => ({ args: [], environment }));
    const outputBytes = TOKEN_BYTES + answersBytes;
    const result = await runProgram(command, { scheduler, outputBytes, deadlineMs, onPrinted }).finally(() =>
      command.close(),
    );
    if (!result.isRun) return result;
    const isOurs = result.output.toString("latin1", 0, TOKEN_BYTES) === token;
    if (!isOurs) return { isRun: false, reason: "something else than the host's own program was run" };
    return { isRun: true, answers: result.output.subarray(TOKEN_BYTES) };
  } catch (error) {
    return { isRun: false, reason: errorMessage(error) };
  } finally {
    await removeCanaryFolder(folder);
  }
}

/** Limits that can't be met by chance, and that nothing the canary does needs more than. */
function requestOf(
  { entryPath, codeDir, dataDir, socketPath }: CanaryFolder,
  sizes: TrialTerms["sizes"],
): LaunchRequest {
  return {
    moduleName: "canary",
    entryPath,
    codePath: codeDir,
    dataDir,
    socketPath,
    limits: {
      memoryBytes: 64 * MIB,
      // Those that the host's starter left open take numbers away.
      descriptors: 93 + Math.max(0, ...leakedDescriptors()),
      fileBytes: MIB + 4096,
      processes: 0,
      cpuPercent: 100,
      ...sizes,
    },
    grants: { network: false, spawn: false },
  };
}
