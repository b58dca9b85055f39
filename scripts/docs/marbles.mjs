import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SUFFIX = ".marbles.ts";

/** The order in which a reader meets the promises; a table that isn't named here comes after them. */
const READING_ORDER = [
  "order",
  "reentrant-publish",
  "subscribe",
  "module-loaded",
  "window-and-acks",
  "drop-newest",
  "gap-placement",
  "critical-slots",
  "serialization-failure",
  "dead-module",
];

/** marbles/README.md: the promises about deliveries, drawn from what a run of each row recorded. */
export const page = {
  path: "marbles/README.md",
  source: "a run of marbles/*.marbles.ts",
  async render() {
    const { drawRecording, marbleTest } = await import("../../dist/testing/index.js");
    const tables = await loadTables();
    const sections = tables.map(({ title, rows }) => {
      const drawings = rows.map((row) => drawing(row.name, drawRecording(marbleTest(row))));
      return [`## ${title}`, ...drawings].join("\n\n");
    });
    return [introduction, ...sections].join("\n\n");
  },
};

function drawing(name, text) {
  return `**${name[0].toUpperCase()}${name.slice(1)}.**\n\n\`\`\`text\n${text}\n\`\`\``;
}

/** The tables are TypeScript: they are stripped of types into a folder from which the package's own name resolves. */
async function loadTables() {
  const files = (await readdir(join(root, "marbles"))).filter((file) => file.endsWith(SUFFIX));
  const scratch = await mkdtemp(join(root, "dist", "marbles-"));
  try {
    const named = await Promise.all(
      files.map(async (file) => {
        const source = await readFile(join(root, "marbles", file), "utf8");
        const { outputText } = ts.transpileModule(source, {
          compilerOptions: {
            module: ts.ModuleKind.ESNext,
            target: ts.ScriptTarget.ES2023,
            verbatimModuleSyntax: true,
          },
        });
        const path = join(scratch, `${file}.mjs`);
        await writeFile(path, outputText);
        return {
          name: file.slice(0, -SUFFIX.length),
          table: (await import(pathToFileURL(path).href)).default,
        };
      }),
    );
    return named.sort((a, b) => rank(a.name) - rank(b.name)).map(({ table }) => table);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function rank(name) {
  const place = READING_ORDER.indexOf(name);
  return place < 0 ? READING_ORDER.length : place;
}

const introduction = `# Marbles

What the engine promises about deliveries, shown on runs of its own bus, channels, windows and connections in virtual time. The tests run every row and compare it with what the row expects; the drawings show what the run recorded.

One column is one millisecond.

- **host publishes**: each letter is an event. A lower-case letter is an ordinary event, an upper-case one is critical, unless the text above the drawing says otherwise. \`(ab)\` are two events in the same millisecond, that of the bracket.
- **host replies**: what a subscriber inside the host publishes while it is given an event.
- **does**: what a module does: \`S\` subscribes, \`T\` subscribes to further types, \`U\` unsubscribes, \`K\` is killed, \`P\` stops reading and handling, \`R\` goes on. Without this line it subscribed before the first column.
- **host notes**: when the host's own list of loaded modules takes note of a module.
- **receives**: what arrives at the module. A digit is a gap mark that tells of so many lost events, \`!\` the answer to a request, \`|\` the end of the connection.
- **handles**: when its handler returns. It handles one event at a time and acknowledges each, unless the text says otherwise.
- **in flight**, **waiting**: how many events are sent and not acknowledged, and how many wait in the channel, at the end of each millisecond.
- **dropped**, **failed**: what the full channel refused, and what could not be sent.
- **gaps**: what each gap mark tells: the first and the last lost event, and why.
- **books**: the module's delivery statistics at the end.

In one millisecond modules act first, then the host publishes, then requests arrive and handlers return.`;
