// Handles what it gets, at once.
import { defineModule } from "blvm-streams/sdk";

defineModule({
  async setup(module) {
    module.on("MempoolTransactionAdded", () => {});
    module.on("FeeRateChanged", () => {});
    await module.subscribeEvents(["MempoolTransactionAdded", "FeeRateChanged"]);
  },
});
