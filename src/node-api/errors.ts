import { defineErrors } from "../errors.js";

export const nodeApiErrors = defineErrors({
  /** The host knows no request of this name. */
  UNKNOWN_REQUEST: (d: { type: string; nearest?: string | undefined; known: readonly string[] }) =>
    `request "${d.type}" is unknown${d.nearest === undefined ? "" : `, the nearest is "${d.nearest}"`}; ` +
    `known are ${d.known.join(", ")}; use one of these`,
  /** A request's field is missing or wrong. */
  INVALID_PARAMS: (d: { field: string; problem: string }) =>
    `field ${d.field}: ${d.problem}; send the fields of the request's reference`,
  /** An integer is outside of what its field can hold. */
  RANGE_ERROR: (d: { field: string; problem: string }) => `field ${d.field}: ${d.problem}`,
  /** The chain source can't answer this, now or ever. */
  NOT_AVAILABLE: (d: { what: string; source: string; reason: string }) =>
    `chain source "${d.source}" can't tell ${d.what}: ${d.reason}; ask again later or use another chain.source`,
});

export const fileErrors = defineErrors({
  /** A path that names nothing below a module's directory, or something that is the node's own. */
  BAD_PATH: (d: { path: string; found: string }) =>
    `path ${d.path} has ${d.found}, allowed are at most 32 parts of 255 bytes divided by /, none of them empty or of dots; ` +
    "name a file relative to the module's data directory",
  /** A part of the path is a symbolic link. Links are never followed, wherever they lead. */
  SYMLINK_REFUSED: (d: { path: string }) =>
    `${d.path} is a symbolic link, only files and directories of their own are served; put the file itself there`,
  /** What the path names is not of the kind that the request is for: a pipe, a device, a file in place of a directory. */
  NOT_REGULAR: (d: { path: string; found: string; allowed: string }) =>
    `${d.path} is ${d.found}, allowed is ${d.allowed}; name another path`,
  /** Nothing of this path exists. */
  FILE_NOT_FOUND: (d: { path: string }) =>
    `${d.path} doesn't exist, an existing path is needed; write it first or list its directory`,
  /** More than one answer carries. */
  TOO_LARGE: (d: { what: string; found: number; limit: number; unit: string }) =>
    `${d.what} has ${d.found} ${d.unit}, at most ${d.limit} are read at once; read it in the module's own process`,
  /** What a module keeps would pass its limit. */
  QUOTA_EXCEEDED: (d: { what: string; used: number; limit: number; asked: number; unit: string }) =>
    `${d.what}: ${d.used} ${d.unit} are used and ${d.asked} more asked for, ${d.limit} are allowed; delete what is not needed or raise the module's limits`,
  /** The system refused, or the disk is as full as it may get. */
  FILE_FAILED: (d: { path: string; reason: string }) =>
    `${d.path} can't be served (${d.reason}), a readable and writable data directory with room is needed; see to the disk and try again`,
});
