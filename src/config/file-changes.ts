import { watch } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import {
  debounceTime,
  distinctUntilChanged,
  exhaustMap,
  interval,
  map,
  merge,
  Observable,
  type ObservableInput,
  of,
  type SchedulerLike,
  throttleTime,
} from "rxjs";
import { errorCode } from "../errors.js";

export interface FileChangesOptions {
  /** The file must have been still for so long. */
  readonly restMs: number;
  /** Time between two looks when the system reports nothing. */
  readonly pollMs: number;
}

export interface FileChangesDependencies {
  readonly scheduler: SchedulerLike;
  /** What tells one state of the file from another; default: inode, size and times. */
  readonly look?: (file: string) => ObservableInput<string>;
  /** Reports that something happened in the file's folder; default: the system's own reports. */
  readonly folderEvents$?: Observable<unknown>;
}

/** A folder in which much happens makes no more looks than this. */
const LOOKS_APART_MS = 50;

/**
 * Emits when a file came to rest in another state than before, and once for the state in which it is found. Written in
 * place, replaced by a rename, removed or made anew is all the same to it. Many changes in a row make one emission,
 * after the last of them; a file that never rests is never reported.
 *
 * The system's reports only make it quick: where they are missing (network folders, links to another folder, a folder
 * that was itself replaced) it looks every `pollMs`. It never errors; whoever subscribes owns the watch.
 */
export function fileChanges(
  file: string,
  deps: FileChangesDependencies,
  { restMs, pollMs }: FileChangesOptions,
): Observable<void> {
  const { scheduler, look = stateOf, folderEvents$ = folderEvents(dirname(file)) } = deps;
  return merge(of(undefined), folderEvents$, interval(pollMs, scheduler)).pipe(
    throttleTime(LOOKS_APART_MS, scheduler, { leading: true, trailing: true }),
    // A look that hangs (a network folder) is not piled upon.
    exhaustMap(() => look(file)),
    distinctUntilChanged(),
    debounceTime(restMs, scheduler),
    map(() => undefined),
  );
}

async function stateOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(":");
  } catch (error) {
    return errorCode(error) ?? "unknown";
  }
}

function folderEvents(folder: string): Observable<void> {
  return new Observable((subscriber) => {
    try {
      const watcher = watch(folder, { persistent: false }, () => subscriber.next());
      // The folder is gone, or the system watches no more: looking goes on without it.
      watcher.on("error", () => watcher.close());
      return () => watcher.close();
    } catch {
      return undefined;
    }
  });
}
