// A host that was left with descriptors of its starter; prints what a module that it starts sees of them.
const [processUrl] = process.argv.slice(2);
const { spawnModule } = await import(processUrl);

const command = { command: "/bin/sh", args: ["-c", "ls -l /proc/$$/fd; true"] };
const child = spawnModule({ log: {} }, { ...command, environment: {}, dataDir: "/", token: "none" });
child.stdout.pipe(process.stdout);
