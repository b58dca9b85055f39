import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ModuleContext } from "../../src/sdk/index.js";
import { pidOf, startManager } from "../kit/host-manager.js";

interface Seen {
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly context: ModuleContext;
  readonly door: { readonly window: number; readonly capacity: number; readonly resume_token?: string };
}

describe("a module process", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("sees its identity and its configuration, and nothing of the host's environment", async () => {
    vi.stubEnv("HOST_SECRET", "hunter2");
    vi.stubEnv("MODULE_CONFIG_FORGED", "yes");
    vi.stubEnv("NODE_OPTIONS", "--no-warnings");
    await using host = await startManager({
      settings: {
        probe: { config: { rate: 5, limits: { per_day: 3 } }, delivery: { capacity: 7, window: 9 } },
      },
    });
    await host.run("probe", "probe", { config: 'rate = 1\ncolour = "red"\n' });
    const dataDir = join(host.dataDir, "probe");
    const seen = JSON.parse(await readFile(join(dataDir, "probe.json"), "utf8")) as Seen;
    const { module_id: moduleId, socket_path: socketPath } = seen.context;
    expect(seen.env).toEqual({
      MODULE_ID: moduleId,
      MODULE_NAME: "probe",
      DATA_DIR: dataDir,
      SOCKET_PATH: socketPath,
      BLVM_IPC_FD: "3",
      MODULE_CONFIG_VERSION: "1.0.0",
      MODULE_CONFIG_RATE: "5",
      MODULE_CONFIG_COLOUR: "red",
      "MODULE_CONFIG_LIMITS.PER_DAY": "3",
    });
    expect(seen.argv).toEqual(["--module-id", moduleId, "--socket-path", socketPath, "--data-dir", dataDir]);
    expect(seen.context).toMatchObject({
      module_name: "probe",
      data_dir: dataDir,
      config: { version: "1.0.0", rate: "5", colour: "red", "limits.per_day": "3" },
    });
    expect(moduleId).toBe([...host.manager.instances][0]?.moduleId);
    expect(seen.cwd).toBe(dataDir);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    // Through descriptor 3, which can't come back and gets no token to do so.
    expect(seen.door).toMatchObject({ capacity: 7, window: 9 });
    expect(seen.door).not.toHaveProperty("resume_token");
  });

  it("has no token in its environment or on its command line", async () => {
    await using host = await startManager();
    await host.run("probe", "probe");
    const pid = pidOf(host, "probe");
    const visible = await Promise.all(
      ["environ", "cmdline"].map((file) => readFile(`/proc/${pid}/${file}`, "latin1")),
    );
    expect(visible.join().match(/[0-9a-f]{64}/)).toBeNull();
  });

  it("leads a process group of its own", async () => {
    await using host = await startManager();
    await host.run("probe", "probe");
    const pid = pidOf(host, "probe");
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    const [, , groupId, sessionId] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    expect([groupId, sessionId]).toEqual([`${pid}`, `${pid}`]);
  });
});
