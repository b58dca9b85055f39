import { defineModule } from "../../sdk/index.js";
import { FeeSummary } from "./fee-summary.js";

defineModule({
  async setup(module) {
    const fees = new FeeSummary();
    const showsFees = module.context.config.fees !== "false";

    module.on("MempoolTransactionAdded", ({ payload }) => fees.add(payload.fee_rate));
    module.on("NewBlock", ({ payload }) => {
      const summary = fees.take();
      const { height, block_hash } = payload;
      module.log.info(`block ${height}${showsFees && summary !== undefined ? `: ${summary}` : ""}`, {
        block_hash,
      });
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

    const types = ["NewBlock", "ModuleLoaded", "NodeShutdown", "DataMaintenance"] as const;
    await module.subscribeEvents(showsFees ? [...types, "MempoolTransactionAdded"] : types);
  },
});
