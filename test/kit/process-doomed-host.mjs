// A host that starts one spinning module and tells its pid; to be killed by the test.
const [sandboxUrl, processUrl, dataDir] = process.argv.slice(2);
const { Sandbox } = await import(sandboxUrl);
const { spawnModule } = await import(processUrl);

const entryPath = `${dataDir}/spin.cjs`;
const log = { debug() {}, warn() {} };
const sandbox = await Sandbox.open({ log }, { mode: "off" });
const command = await sandbox.launch(
  { entryPath, codePath: dataDir, dataDir, socketPath: `${dataDir}/s` },
  () => ({ args: [], environment: {} }),
);
const child = spawnModule({ log }, { ...command, dataDir, token: "none" });
child.stdout.once("data", () => process.stdout.write(`${child.pid}\n`));
