import { defineErrors } from "../errors.js";

/** What goes wrong with the file of a recording. Offsets count bytes from the start of the file. */
export const recordingErrors = defineErrors({
  /** Bytes of a recording changed after they were written; what stands before them was read. */
  RECORDING_CORRUPT: (d: { file: string; offsetBytes: number; problem: string }) =>
    `${d.file} is damaged at byte ${d.offsetBytes}: ${d.problem}; allowed is what a recorder wrote; what stands before that byte is whole: copy the file again, or use it up to there`,

  /** The file is no recording, one of another version of the format, or holds an event that this version doesn't know. */
  RECORDING_FOREIGN: (d: { file: string; found: string; allowed: string }) =>
    `${d.file} holds ${d.found}, allowed is ${d.allowed}; name a file that \`blvm-streams record\` wrote, or read it with the version that wrote it`,

  /** The file of a recording can't be opened or read. */
  RECORDING_UNREADABLE: (d: { file: string; reason: string }) =>
    `${d.file} can't be read (${d.reason}); expected is a readable file; check the path`,

  /** A recording would replace a file. */
  RECORDING_EXISTS: (d: { file: string }) =>
    `${d.file} exists and a recording replaces nothing by itself; name another file, or allow it with --force`,

  /** The file of a recording can't be made or written: the disk is full or fails. What was written before can be read. */
  RECORDING_WRITE_FAILED: (d: { file: string; reason: string }) =>
    `${d.file} can't be written (${d.reason}); a place with room is needed; what was recorded until then can be read: name another file to go on`,

  /** An event or a gap was to be recorded behind a later one. */
  RECORDING_ORDER: (d: { seq: number; lastSeq: number }) =>
    `seq ${d.seq} was to be recorded after seq ${d.lastSeq}, allowed is a higher one; record one host's events, in their order`,

  /** Chain source `recording` is chosen and no file named. */
  RECORDING_NOT_NAMED: (_: Record<string, never>) =>
    'chain.source is "recording" and recording.file is not set; name the file that `blvm-streams record` wrote',
});
