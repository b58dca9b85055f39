// A host that starts one spinning module and tells its pid; to be killed by the test.
const [launchUrl, probeUrl, processUrl, dataDir] = process.argv.slice(2);
const { launchCommand } = await import(launchUrl);
const { probeSetpriv } = await import(probeUrl);
const { spawnModule } = await import(processUrl);

const entryPath = `${dataDir}/spin.cjs`;
const identity = { moduleId: "spin_0", socketPath: "none", dataDir };
const nodePath = process.execPath;
const command = launchCommand({ entryPath, nodePath, setprivPath: await probeSetpriv(), ...identity });
const log = { debug() {}, warn() {} };
const child = spawnModule({ log }, { ...command, environment: {}, dataDir, token: "none" });
child.stdout.once("data", () => process.stdout.write(`${child.pid}\n`));
