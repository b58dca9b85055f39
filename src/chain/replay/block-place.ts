/** Where the bytes of a played block can be had again. */
export interface BlockPlace {
  readonly file: string;
  /** Of the block in the file. */
  readonly fileHash: string;
  /** The parent of the competing block that is built from the file's; undefined for the file's own block. */
  readonly competesOn?: string;
}
