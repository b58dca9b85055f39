// Opens the store in argv[4] after a line on standard input and does that line's steps, a few at a time, until it is
// killed. Each step that was answered is one line: its index.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

const [levelMapUrl, treeStoreUrl, folder] = process.argv.slice(2);
const { openLevelMap } = await import(levelMapUrl);
const { TreeStore } = await import(treeStoreUrl);
await import("classic-level");

const AT_ONCE = 3;
const bytes = (hex) => Buffer.from(hex, "hex");

function operation([kind, key, valueBytes, fill]) {
  return kind === "put" ? ["put", bytes(key), Buffer.alloc(valueBytes, fill)] : ["delete", bytes(key)];
}

function run(store, { kind, tree, ops }) {
  if (kind === "create") return store.createTree(tree, 3);
  if (kind === "drop") return store.deleteTree(tree);
  return store.apply(tree, ops.map(operation), Number.MAX_SAFE_INTEGER);
}

writeSync(1, "ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const store = await TreeStore.open(await openLevelMap(folder));
  const open = new Set();
  for (const [index, step] of JSON.parse(line).entries()) {
    if (open.size >= AT_ONCE) await Promise.race(open);
    const answered = run(store, step).then(() => {
      open.delete(answered);
      writeSync(1, `${index}\n`);
    });
    open.add(answered);
  }
  await Promise.all(open);
}
