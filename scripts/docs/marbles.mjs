import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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

/** marbles/README.md: what the engine, the steps of streams and the SDK's operators promise, drawn from runs of each row. */
export const page = {
  path: "marbles/README.md",
  source: "a run of marbles/**/*.marbles.ts",
  async render() {
    const { drawTable } = await import("../../dist/testing/index.js");
    const section = ({ title, rows, ...table }) => {
      const drawings = drawTable({ title, rows, ...table }).map(({ name, isPassed, drawing, problem }) => {
        if (!isPassed) throw new Error(`${title}: ${problem}`);
        return drawn(name, drawing);
      });
      return [`### ${title}`, ...drawings].join("\n\n");
    };
    const parts = [
      ["Deliveries", DELIVERIES, await loadTables("marbles")],
      ["Steps of streams", STEPS, await loadTables("marbles/steps")],
      ["Operators of the SDK", OPERATORS, await loadTables("marbles/sdk")],
    ];
    return [
      INTRODUCTION,
      ...parts.flatMap(([heading, about, tables]) => [`## ${heading}`, about, ...tables.map(section)]),
    ].join("\n\n");
  },
};

function drawn(name, text) {
  return `**${name[0].toUpperCase()}${name.slice(1)}.**\n\n\`\`\`text\n${text}\n\`\`\``;
}

/** The tables of one folder, in the order in which a reader meets them. */
async function loadTables(folder) {
  const { loadScript } = await import("../../dist/scaffold/index.js");
  const files = (await readdir(join(root, folder))).filter((file) => file.endsWith(SUFFIX)).sort();
  const named = await Promise.all(
    files.map(async (file) => ({
      name: file.slice(0, -SUFFIX.length),
      table: (await loadScript(join(root, folder, file))).default,
    })),
  );
  return named.sort((a, b) => rank(a.name) - rank(b.name)).map(({ table }) => table);
}

function rank(name) {
  const place = READING_ORDER.indexOf(name);
  return place < 0 ? READING_ORDER.length : place;
}

const INTRODUCTION = `# Marbles

What deliveries, the steps of streams and the SDK's operators promise, shown on runs of the engine's own code in virtual time. The tests run every row and compare it with what the row expects; the drawings show what the run recorded. \`blvm-streams marbles\` draws them in a terminal.

One column is one millisecond.`;

const DELIVERIES = `The bus, channels, windows and connections.

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

const LINES = `- **source**: each letter is an item that comes, \`|\` the end, \`#\` an error. \`(ab)\` are two items in the same millisecond, that of the bracket. \`10m\` between blanks is a silence of ten minutes.
- **leaves**: what the run let out, and when. What is not an item as it came has a letter of its own, told below.`;

const STEPS = `Each kind of step, told in at least seven stories: nothing comes, an empty source, one item, many, an error, an early unsubscribe, and a callback that throws. [docs/streams.md](../docs/streams.md) has their options.

${LINES}
- **counts**: items that the step dropped, errors of its expressions, and what it held at the end; zeros are left out.`;

const OPERATORS = `What a module's author pipes events through, from \`blvm-streams/sdk\`.

${LINES}`;
