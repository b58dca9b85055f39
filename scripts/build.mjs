#!/usr/bin/env node
// @ts-check
import { main } from "./setup/main.mjs";

await main(["build"]);
