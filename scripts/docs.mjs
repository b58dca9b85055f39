// Writes the generated pages under docs/ from the built package; with --check it writes nothing,
// names every stale page and exits with 1. Each file of scripts/docs/ that exports `page` is one page:
// { path: "docs/….md", source: "where its facts live", render(): Promise<string> }. With `section: "name"` it is only what
// stands between <!-- name:start --> and <!-- name:end --> of a page that is written by hand. Where a file exports
// `refreshFiles(isCheck)` too, it keeps further files up to date and says how many there are and how many were stale.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readIfPresent, refreshFile, root } from "./docs/files/refresh-file.mjs";

const pagesDir = join(root, "scripts", "docs");

async function loadSources() {
  const entries = await readdir(pagesDir, { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".mjs"))
    .map(({ name }) => name);
  const modules = await Promise.all(
    files.sort().map((name) => import(pathToFileURL(join(pagesDir, name)).href)),
  );
  return {
    pages: modules.flatMap(({ page }) => page ?? []),
    refreshers: modules.flatMap(({ refreshFiles }) => refreshFiles ?? []),
  };
}

async function renderPage({ path, section, source, render }, current) {
  const origin = source === undefined ? "" : ` from ${source}`;
  const what = section === undefined ? "page" : "section";
  const notice = `<!-- Generated${origin} by npm run docs. Edit the source, not this ${what}. -->`;
  const text = `${notice}\n\n${(await render()).trim()}\n`;
  return section === undefined ? text : spliceSection({ path, section }, current ?? "", text);
}

function spliceSection({ path, section }, current, text) {
  const [start, end] = [`<!-- ${section}:start -->`, `<!-- ${section}:end -->`];
  const from = current.indexOf(start);
  const to = current.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${path} lacks the lines ${start} and ${end}`);
  return `${current.slice(0, from + start.length)}\n${text}${current.slice(to)}`;
}

async function main(args) {
  const unknown = args.filter((arg) => arg !== "--check");
  if (unknown.length > 0) {
    process.stderr.write(`docs: unknown argument ${unknown[0]}; allowed is --check\n`);
    return 2;
  }
  const isCheck = args.includes("--check");
  const { pages, refreshers } = await loadSources();
  if (pages.length === 0) {
    process.stderr.write("docs: found no page in scripts/docs; each page exports { path, render }\n");
    return 1;
  }
  let stale = 0;
  let files = 0;
  for (const refresh of refreshers) {
    const kept = await refresh(isCheck);
    stale += kept.stale;
    files += kept.count;
  }
  for (const page of pages) {
    const content = await renderPage(page, await readIfPresent(page.path));
    if (await refreshFile(page.path, content, isCheck)) stale += 1;
  }
  const others = files === 0 ? "" : ` and ${files} other files`;
  if (stale === 0) process.stdout.write(`docs: ${pages.length} pages${others} are up to date\n`);
  return isCheck && stale > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUnbuilt = error.code === "ERR_MODULE_NOT_FOUND" && String(error.message).includes("/dist/");
  const advice = isUnbuilt ? "the package is not built; run npm run build first" : (error.stack ?? error);
  process.stderr.write(`docs: ${advice}\n`);
  process.exitCode = 1;
}
