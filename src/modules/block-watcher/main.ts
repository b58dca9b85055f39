import { concatMap } from "rxjs";
import { z } from "zod";
import { defineModule, type ModuleIntegration } from "../../sdk/index.js";
import { FeeSummary } from "./fee-summary.js";

const FEE_RATES = "MempoolTransactionAdded";

defineModule({
  config: z.object({
    fees: z
      .boolean()
      .default(true)
      .meta({ description: "Log each block with its fee rates; false logs only that it came." }),
  }),
  async setup(module, config) {
    const fees = new FeeSummary();

    module.on(FEE_RATES, ({ payload }) => fees.add(payload.fee_rate));
    module.on("NewBlock", ({ payload }) => {
      const summary = fees.take();
      const { height, block_hash } = payload;
      const showsFees = config.current.fees && summary !== undefined;
      module.log.info(`block ${height}${showsFees ? `: ${summary}` : ""}`, { block_hash });
    });
    module.on("BlockDisconnected", ({ payload }) => {
      module.log.info(`block ${payload.height} left the best chain`, { block_hash: payload.hash });
    });
    module.on("ModuleLoaded", ({ payload }) =>
      module.log.info(`${payload.module_name} ${payload.version} is loaded`),
    );
    module.on("NodeShutdown", ({ payload }) => {
      module.log.info(`the node goes down (${payload.reason}), ${payload.timeout_seconds} s are left`);
    });
    module.on("DataMaintenance", ({ payload }) => {
      module.log.info(
        `${payload.operation} was asked for (${payload.reason}); this module keeps nothing on disk`,
      );
    });
    module.onGap(({ count, reason }) => module.log.warn(`${count} events were lost here (${reason})`));
    config.changes$
      .pipe(
        concatMap((change) => {
          // The rates of half a block say nothing of the block.
          fees.take();
          return listenForFees(module, change.config.fees);
        }),
      )
      .subscribe();

    const types = [
      "NewBlock",
      "BlockDisconnected",
      "ModuleLoaded",
      "ConfigLoaded",
      "NodeShutdown",
      "DataMaintenance",
    ] as const;
    await module.subscribeEvents(config.current.fees ? [...types, FEE_RATES] : types);
  },
});

/** Subscribes to the events that carry fee rates, or leaves them. A refusal is logged and ends nothing. */
async function listenForFees(module: ModuleIntegration, isWanted: boolean): Promise<void> {
  try {
    if (isWanted) await module.subscribeEvents([FEE_RATES]);
    else await module.unsubscribeEvents([FEE_RATES]);
  } catch (error) {
    module.log.error("the subscription could not be changed", { error });
  }
}
