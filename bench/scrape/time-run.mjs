// @ts-check
import { crowd } from "./crowd.mjs";

/**
 * @typedef {object} ScrapeFigures
 * @property {number} p50_ms
 * @property {number} p99_ms
 * @property {number} max_ms
 * @property {number} lines
 * @property {number} bytes
 */

/** @type {{ modules: number, types: number, scrapes: number, warmUpScrapes: number }} */
const plan = JSON.parse(process.argv[2] ?? "{}");
const { metrics, move } = crowd(plan);
const times = [];
let text = "";
for (let n = 0; n < plan.warmUpScrapes + plan.scrapes; n++) {
  move();
  const start = performance.now();
  text = await metrics.render();
  if (n >= plan.warmUpScrapes) times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
const at = (/** @type {number} */ share) =>
  times[Math.min(times.length - 1, Math.floor(times.length * share))];
process.stdout.write(
  JSON.stringify({
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    max_ms: at(1),
    lines: text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length,
    bytes: Buffer.byteLength(text),
  }),
);
// Its observers of the event loop keep a process alive.
process.exit();
