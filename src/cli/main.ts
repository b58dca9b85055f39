#!/usr/bin/env node
import { errorCode } from "../errors.js";
import { runCli } from "./run-cli.js";

const { stdout, stderr } = process;

let isUnread = false;
// `blvm-streams tap | head` is no failure. What ends in order at a signal, with all that it still has to write elsewhere,
// does so when its reader has left too.
stdout.on("error", (error) => {
  if (errorCode(error) !== "EPIPE") process.exit(1);
  if (isUnread) return;
  isUnread = true;
  if (!process.emit("SIGTERM", "SIGTERM")) process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2), {
  stdout,
  stderr,
  columns: stdout.isTTY ? stdout.columns : undefined,
});
