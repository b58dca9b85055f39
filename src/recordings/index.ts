export { openRecording, type ReadOptions, type Recording } from "./open-recording.js";
export { type RecordingOptions, type RecordingOptionsInput, recordingOptions } from "./options.js";
export {
  type PlayFileOptions,
  type PlayOptions,
  paced,
  type RecordingPace,
  recording$,
} from "./play-recording.js";
export type { RecordedGap, RecordedItem } from "./recorded-item.js";
export { createRecordingSource } from "./recording-source.js";
export { type RecordingCounts, RecordingWriter, type RecordingWriterOptions } from "./recording-writer.js";
export { isReplayed } from "./replayed-event.js";
export { summarizeRecording } from "./summarize-recording.js";
