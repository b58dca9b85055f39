// Wants the processor for an instant each millisecond, and is no part of the host: how late it gets it is how late this
// machine serves any process that waits. Prints the 99th percentile in milliseconds when its standard input ends.
const startMs = performance.now();
const agesMs = [];

setInterval(() => {
  const elapsedMs = performance.now() - startMs;
  while (agesMs.length <= elapsedMs) agesMs.push(elapsedMs - agesMs.length);
}, 1);

process.stdin.resume().on("end", () => {
  agesMs.sort((a, b) => a - b);
  process.stdout.write(String(agesMs[Math.floor(agesMs.length * 0.99)]));
  process.exit();
});
