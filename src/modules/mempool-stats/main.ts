import { asyncScheduler } from "rxjs";
import { defineModule } from "../../sdk/index.js";
import { mempoolWindows } from "./mempool-window.js";

const DEFAULT_WINDOW_SECONDS = 5;

defineModule({
  async setup(module) {
    const configured = Number(module.context.config.window_seconds);
    const windowSeconds = configured > 0 ? configured : DEFAULT_WINDOW_SECONDS;

    mempoolWindows(
      module.events$("MempoolTransactionAdded"),
      module.events$("MempoolTransactionRemoved"),
      windowSeconds * 1000,
      asyncScheduler,
    ).subscribe(({ addedPerSecond, removedPerSecond, medianFeeRate, mempoolSize }) => {
      const median = medianFeeRate === undefined ? "" : `, median ${medianFeeRate.toFixed(1)} sat/vB`;
      module.log.info(
        `mempool ${mempoolSize}: ${addedPerSecond.toFixed(1)} in/s, ${removedPerSecond.toFixed(1)} out/s${median}`,
      );
    });

    await module.subscribeEvents(["MempoolTransactionAdded", "MempoolTransactionRemoved"]);
  },
});
