/** A stream that means well. */
export const honest = (name = "honest") => `version: 1
name: ${name}
source: { events: [MempoolTransactionAdded] }
steps:
  - { id: fee, map: 'event.payload.fee_rate' }
sinks:
  - { id: log, stdout: {} }
`;
const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"]
  .concat(
    [..."bcdefghij"].map((letter, index) => {
      const before = "abcdefghij"[index];
      return `${letter}: &${letter} [${Array.from({ length: 9 }, () => `*${before}`).join(", ")}]`;
    }),
  )
  .join("\n");
/** One with another step. */
export const stepped = (step: string) =>
  honest("evil").replace(/ {2}- \{ id: fee.*/, `  - { id: evil, ${step} }`);
const sunk = (sink: string) => honest("evil").replace(/ {2}- \{ id: log.*/, `  - { id: evil, ${sink} }`);
const filtered = (expression: string) => stepped(`filter: ${JSON.stringify(expression)}`);

/** What a hostile file tries, its text, and a word of what is said of it. */
export const hostileFiles: readonly (readonly [string, string, RegExp])[] = [
  ["a bomb of aliases", `${bomb}\n${honest("evil")}`, /anchor|alias/],
  ["an alias alone", honest("evil").replace("name: evil", "name: *n"), /alias/],
  ["a tag of a function", honest("evil").replace("name: evil", "name: !!js/function 'x'"), /tag/],
  ["a tag of its own", honest("evil").replace("name: evil", "name: !evil x"), /tag/],
  ["a merge key", honest("evil").replace("version: 1", "<<: { version: 1 }"), /merge key/],
  ["a directive", `%YAML 1.1\n---\n${honest("evil")}`, /directive/],
  ["two documents", `${honest("evil")}---\n${honest("other")}`, /second document/],
  ["a key twice", `${honest("evil")}name: other\n`, /name/],
  ["a prototype's key", `${honest("evil")}__proto__: { polluted: true }\n`, /__proto__/],
  ["ten thousand brackets", `${"[".repeat(10_000)}${"]".repeat(10_000)}`, /levels|inside one another|signs/],
  ["300 KiB", `${honest("evil")}# ${"x".repeat(300 * 1024)}`, /bytes/],
  ["a name that is a path", honest("../../evil"), /a-z/],
  ["no text at all", "", /nothing|null|mapping|map/],
  ["binary data", "\0\u0001\u0002", /YAML|mapping|map/],
  ["a pattern that backtracks for ever", filtered('event.type.matches("(a+)+$")'), /regex/],
  ["an expression of 100 KB", filtered(`${"1 + ".repeat(25_000)}1 > 0`), /characters|nodes|long/],
  ["an expression nested deep", filtered(`${"(".repeat(500)}true${")".repeat(500)}`), /maxDepth/],
  ["a way to JavaScript's objects", filtered("event.constructor.constructor == 1"), /constructor/],
  ["a file outside of its folder", sunk("file: { path: ../../etc/passwd }"), /\.\./],
  ["an absolute file", sunk("file: { path: /etc/passwd }"), /relative/],
  ["an event in the node's name", sunk("publish: { type: NewBlock, payload: 'event.payload' }"), /node/],
  ["a password in an address", sunk("webhook: { url: 'http://u:p@127.0.0.1/' }"), /password/],
  [
    "more steps than are allowed",
    honest("evil").replace(
      / {2}- \{ id: fee.*/,
      Array.from({ length: 51 }, (_, n) => `  - { id: s${n}, filter: 'true' }`).join("\n"),
    ),
    /a list of 51.*50 at most/,
  ],
  ["a number for a duration", stepped("delay: { by: 5 }"), /found":"5.*a duration such as 250ms/],
  ["what steers a terminal", filtered("\u001b[2J\u0000"), /Unexpected character: \\\\u\{1b\}/],
  ["a window beyond all memory", stepped("window: { sliding: 1d, every: 1s, max: 1000000000 }"), /max/],
];
