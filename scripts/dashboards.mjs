// Writes grafana/dashboards/*.json from scripts/grafana; with --check it writes nothing, names every stale file and exits
// with 1. `npm run docs` does the same beside the pages.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadBoards } from "./docs/files/load-boards.mjs";
import { refreshFile, root } from "./docs/files/refresh-file.mjs";

const FOLDER = "grafana/dashboards";

/** @returns {Promise<{ count: number, stale: number }>} how many dashboards there are, and how many were stale */
export async function refreshDashboards(isCheck) {
  const { boards, buildBoard } = await loadBoards();
  const files = boards.map((board) => [
    `${board.uid}.json`,
    `${JSON.stringify(buildBoard(board, boards), null, 2)}\n`,
  ]);
  let stale = await removeStrangers(new Set(files.map(([name]) => name)), isCheck);
  for (const [name, content] of files) {
    if (await refreshFile(`${FOLDER}/${name}`, content, isCheck)) stale += 1;
  }
  return { count: files.length, stale };
}

/** Grafana would show a board that was given up for ever. */
async function removeStrangers(known, isCheck) {
  const present = await readdir(join(root, FOLDER)).catch(() => []);
  const strangers = present.filter((name) => name.endsWith(".json") && !known.has(name));
  for (const name of strangers) {
    if (isCheck) process.stderr.write(`docs: ${FOLDER}/${name} is of no board; run npm run docs\n`);
    else await rm(join(root, FOLDER, name));
  }
  return strangers.length;
}

async function main(args) {
  const unknown = args.find((arg) => arg !== "--check");
  if (unknown !== undefined) {
    process.stderr.write(`dashboards: unknown argument ${unknown}; allowed is --check\n`);
    return 2;
  }
  const isCheck = args.includes("--check");
  const { count, stale } = await refreshDashboards(isCheck);
  if (stale === 0) process.stdout.write(`dashboards: ${count} are up to date\n`);
  return isCheck && stale > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
