import type { Board } from "../panel-spec.js";
import * as streams from "../panels/streams.js";
import { instance, pipelines } from "../variables.js";

export const streamsBoard: Board = {
  uid: "blvm-pipelines",
  title: "blvm-streams: streams",
  description:
    "The streams of a host: what goes through their steps, what they lose, and whether their sinks keep up. A host without a streams folder shows nothing here.",
  variables: [instance, pipelines],
  rows: [
    {
      title: "Now",
      height: 4,
      panels: [streams.streamsUp, streams.problems, streams.deadLettersOfRange, streams.heldNow],
    },
    {
      title: "Items",
      panels: [streams.itemsIn, streams.itemsOut, streams.itemsLost, streams.held],
    },
    { title: "Sinks", panels: [streams.retries, streams.deadLetters] },
    {
      title: "Files and lives",
      panels: [streams.running, streams.streamRestarts, streams.generations, streams.fileProblems],
    },
  ],
};
