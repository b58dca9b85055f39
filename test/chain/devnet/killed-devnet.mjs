// A devnet that does things until it is killed; each line tells where it stands. With steps to do it then stands still.
const [, , distUrl, dataDir, round, stepCount] = process.argv;
const at = (path) => new URL(path, distUrl).href;
const { createDevnetSource } = await import(at("chain/devnet/devnet-source.js"));
const { devnetOptions } = await import(at("chain/devnet/options.js"));
const { silentLogger } = await import(at("log.js"));

const source = createDevnetSource(
  { log: silentLogger, dataDir },
  devnetOptions.parse({ activity: false, seed: "killed" }),
);
await source.start();
const { actions } = source;
const steps = [
  () => actions.pay({ valueSat: 20_000, feeRateSatPerVb: 3 }),
  () => actions.pay({ valueSat: 30_000, feeRateSatPerVb: 9 }),
  () => actions.mine(1),
  () => actions.pay({ valueSat: 40_000, feeRateSatPerVb: 2 }),
  () => actions.reorganize(2),
  () => actions.bump(actions.pay({ valueSat: 50_000, feeRateSatPerVb: 4 }).transaction.txid, 40),
  () => actions.invalidate(actions.mine(1)[0]),
  () => actions.mine(2, { withoutMempool: true }),
];
const count = Number(stepCount);
// Keeps the process alive once nothing is left to do.
setInterval(() => {}, 1000);
for (let step = Number(round); step < Number(round) + count; step += 1) {
  steps[step % steps.length]();
  const waiting = actions.waiting().map(({ transaction }) => transaction.txid);
  const outputs = await source.rpc.gettxoutsetinfo.run({ hash_type: "none" }, undefined);
  const { hash: tip } = source.tip();
  process.stdout.write(`${JSON.stringify({ tip, outputs: outputs.txouts, waiting: waiting.toSorted() })}\n`);
  await new Promise((resolve) => setImmediate(resolve));
}
