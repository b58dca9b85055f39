import { asyncScheduler, map, startWith } from "rxjs";
import { z } from "zod";
import { defineModule } from "../../sdk/index.js";
import { mempoolWindows } from "./mempool-window.js";

defineModule({
  config: z.object({
    window_seconds: z
      .number()
      .min(0.01)
      .max(86_400)
      .default(5)
      .meta({ unit: "seconds", description: "Length of the window that each line sums up." }),
  }),
  async setup(module, config) {
    const windowMs$ = config.changes$.pipe(
      map((change) => change.config),
      startWith(config.current),
      map(({ window_seconds }) => window_seconds * 1000),
    );
    mempoolWindows(
      module.events$("MempoolTransactionAdded"),
      module.events$("MempoolTransactionRemoved"),
      windowMs$,
      asyncScheduler,
    ).subscribe(({ addedPerSecond, removedPerSecond, medianFeeRate, mempoolSize }) => {
      const median = medianFeeRate === undefined ? "" : `, median ${medianFeeRate.toFixed(1)} sat/vB`;
      module.log.info(
        `mempool ${mempoolSize}: ${addedPerSecond.toFixed(1)} in/s, ${removedPerSecond.toFixed(1)} out/s${median}`,
      );
    });

    await module.subscribeEvents(["MempoolTransactionAdded", "MempoolTransactionRemoved", "ConfigLoaded"]);
  },
});
