/** How Node.js reads the `.js` files of a module: what its package.json says, `unspecified` where it says nothing. */
export type ModuleType = "module" | "commonjs" | "unspecified";

/** What was found out about a module's code by reading all of it. */
export interface MeasuredCode {
  readonly kind: "file" | "directory";
  /** SHA-256 in lower-case hex: of a file's bytes, or of the list of a directory's entries. */
  readonly hash: string;
  /** The bytes of all its files. */
  readonly sizeBytes: number;
  readonly moduleType: ModuleType;
}
