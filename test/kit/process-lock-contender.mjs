// Tries for the lock of each directory it is sent, and lets go of what it holds when told to.
const [lockUrl] = process.argv.slice(2);
const { lockDataDir } = await import(lockUrl);

let held;
process.on("message", async ({ dataDir }) => {
  if (dataDir === undefined) {
    await held?.release();
    held = undefined;
    return process.send({ outcome: "released" });
  }
  try {
    held = await lockDataDir(dataDir);
    process.send({ outcome: "won" });
  } catch (error) {
    process.send({ outcome: error.code ?? "failed", message: error.message });
  }
});
process.send({ outcome: "ready" });
