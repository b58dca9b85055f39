#!/usr/bin/env node
// @ts-check
// Everything but the version check is imported late, so that an old Node gets a sentence and not a syntax error.
import { nodeComplaint } from "./setup/node-version.mjs";

const complaint = nodeComplaint(process.versions.node);
if (complaint === undefined) {
  void import("./setup/main.mjs").then(({ main }) => main(process.argv.slice(2)));
} else {
  process.stderr.write(`blvm-streams: ${complaint}\n`);
  process.exitCode = 1;
}
