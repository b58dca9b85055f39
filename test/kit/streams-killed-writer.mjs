// Writes numbers to a rotating file without end, in the folder of its argument: to be killed.
import { asyncScheduler } from "rxjs";
import { LineFile } from "../../dist/streams/sinks/line-file.js";

const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const file = new LineFile(
  { filesDir: process.argv[2] ?? "", owner: { stream: "s", sink: "k" }, scheduler: asyncScheduler, log },
  { path: "out.ndjson", maxBytes: 65_536, maxFiles: 1000, fsync: "never", fsyncIntervalMs: 1000 },
);
for (let next = 1; ; ) {
  const lines = Array.from({ length: 500 }, () => String(next++));
  const { error } = await file.append(lines);
  if (error !== undefined) throw error;
  if (next > 100_000) process.stdout.write("half way\n");
}
