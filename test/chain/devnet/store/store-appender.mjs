// Appends numbered records to a store from a number on, without end, and says each number once its append has returned.
import { writeSync } from "node:fs";
import { numberedRecord } from "./numbered-record.mjs";

const [storeUrl, path, from] = process.argv.slice(2);
const { openDevnetStore } = await import(storeUrl);
const store = openDevnetStore({ path, log: { warn() {} } }, { maxBytes: 1_000_000_000 });
for (let number = Number(from); ; number += 1) {
  store.append(numberedRecord(number));
  writeSync(1, `${number}\n`);
}
