// Handles its events; ends with code 0 at SIGHUP and with code 3 at SIGUSR2.
import { defineModule } from "blvm-streams/sdk";

process.on("SIGHUP", () => process.exit(0));
process.on("SIGUSR2", () => process.exit(3));

defineModule({
  async setup(module) {
    module.on("MempoolTransactionAdded", () => {});
    await module.subscribeEvents(["MempoolTransactionAdded"]);
  },
});
