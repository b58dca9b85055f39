// A module that does, inside a sandbox, what its configuration's `mode` says.
import { spawnSync } from "node:child_process";
import { appendFileSync, closeSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { defineModule, ModuleClient } from "blvm-streams/sdk";

const mode = process.env.MODULE_CONFIG_MODE;
let lastSocket;
if (mode === "path") {
  delete process.env.BLVM_IPC_FD;
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function (...args) {
    lastSocket = this;
    return connect.apply(this, args);
  };
}
process.on("SIGUSR2", () => (mode === "path" ? lastSocket.destroy() : process.exit(3)));

if (mode === "stubborn") {
  process.on("SIGTERM", () => {});
  const client = await ModuleClient.connect();
  client.serve(() => new Promise(() => {}));
  await client.request("SubscribeEvents", { event_types: ["MempoolTransactionAdded"] });
  await new Promise(() => setInterval(() => {}, 1000));
}
if (mode === "leaver") {
  // Out of its process group and session, and nobody's child.
  const leaf = "require('child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).unref()";
  spawnSync(process.execPath, ["-e", leaf], { stdio: "ignore" });
}
defineModule({
  async setup(module) {
    const write = (line) => appendFileSync(join(module.context.data_dir, "handled.log"), `${line}\n`);
    module.on("MempoolTransactionAdded", ({ seq }) => {
      write(`event ${seq} x`);
      if (mode === "spin") for (;;);
      if (mode === "deaf") {
        closeSync(3);
        for (;;);
      }
    });
    module.onGap(({ from_seq, to_seq, count, reason }) =>
      write(`gap ${from_seq} ${to_seq} ${count} ${reason}`),
    );
    await module.subscribeEvents(["MempoolTransactionAdded"]);
  },
});
