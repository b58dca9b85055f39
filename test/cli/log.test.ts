import { describe, expect, it } from "vitest";
import { logControlMethods } from "../../src/host/log-control.js";
import { RoomLevels } from "../../src/room-log.js";
import { startControl } from "../control/start-control.js";
import { runCommand } from "./run-in-process.js";

describe("log", () => {
  it("shows the levels of a running host and changes one or all of them", async () => {
    const levels = new RoomLevels("info", { chain: "warn" });
    await using host = await startControl(logControlMethods(levels));
    const log = (...args: string[]) => runCommand(["log", ...args, "--data-dir", host.dataDir]);
    expect((await log()).stdout).toMatch(/^ROOM +LEVEL\nhost +info\n(.*\n)*chain +warn\n/);
    expect((await log("chain")).stdout).toBe("ROOM   LEVEL\nchain  warn\n");
    expect(await log("bus", "debug")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/bus +debug\n/),
    });
    expect(levels.isWritten("bus", "debug")).toBe(true);
    const all = await log("all", "error", "--json");
    expect(new Set(Object.values(JSON.parse(all.stdout)))).toEqual(new Set(["error"]));
    expect(levels.isWritten("bus", "warn")).toBe(false);
  });

  it.each([[["cellar"]], [["bus", "loud"]], [["bus", "info", "more"]]])(
    "exits with 2 for %j",
    async (args) => {
      expect(await runCommand(["log", ...args])).toHaveProperty("code", 2);
    },
  );

  it("exits with 1 where the levels are another's", async () => {
    await using host = await startControl(logControlMethods(undefined));
    expect(await runCommand(["log", "--data-dir", host.dataDir])).toHaveProperty("code", 1);
  });
});
