/** What is run: a file, and the folder that holds all of its code. */
export interface ModuleCode {
  /** The file that is run. */
  readonly entryPath: string;
  /** The folder that it lies in with all that belongs to it, or `entryPath` itself. */
  readonly codePath: string;
  /** Folders with its packages that lie elsewhere; the link to the one at place `n` is `packages/n/node_modules` beside the code. */
  readonly packages?: readonly string[] | undefined;
}
