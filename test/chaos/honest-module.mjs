// Handles what it gets at once, and tells at its stop how many events came, how old they were, and how many were lost.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineModule } from "blvm-streams/sdk";

/** One clock for all processes of a machine. */
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

defineModule({
  async setup(module) {
    const agesMs = [];
    let lost = 0;
    module.on("FeeRateChanged", ({ payload }) => {
      agesMs.push(nowMs() - payload.old_fee_rate);
    });
    module.onGap(({ count }) => {
      lost += count;
    });
    module.onStop(() => {
      agesMs.sort((a, b) => a - b);
      const at = (share) => agesMs[Math.min(agesMs.length - 1, Math.floor(agesMs.length * share))];
      const report = { handled: agesMs.length, lost, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
      writeFileSync(join(module.context.data_dir, "report.json"), JSON.stringify(report));
    });
    await module.subscribeEvents(["FeeRateChanged"]);
  },
});
