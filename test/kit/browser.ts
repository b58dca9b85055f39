import { type Browser, chromium } from "playwright-core";
import { findTool } from "./tool.js";

/** Debian's Chromium without a window. It is closed, with all of its processes, at the end of the scope. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = findTool("chromium");
  if (executablePath === undefined) throw new Error("chromium is not installed");
  // Its own sandbox refuses root, who runs CI; the pages are this repository's.
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}
