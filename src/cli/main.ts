#!/usr/bin/env node
import { errorCode } from "../errors.js";
import { runCli } from "./run-cli.js";

const { stdout, stderr } = process;

// `blvm-streams tap | head` is no failure.
stdout.on("error", (error) => process.exit(errorCode(error) === "EPIPE" ? 0 : 1));

process.exitCode = await runCli(process.argv.slice(2), {
  stdout,
  stderr,
  columns: stdout.isTTY ? stdout.columns : undefined,
});
