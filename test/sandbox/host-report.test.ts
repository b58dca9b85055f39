import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectControl } from "../../src/control/index.js";
import type { Host } from "../../src/host.js";
import {
  lackingLayers,
  layerName,
  layerText,
  type SandboxMode,
  type SandboxReport,
  unmetLayers,
} from "../../src/sandbox/index.js";
import { layerIds } from "../../src/sandbox/layer.js";
import { runCommand } from "../cli/run-in-process.js";
import { ask } from "../http/start-server.js";
import {
  bwrapThatAdds,
  bwrapWithout,
  bwrapWithoutFilter,
  bwrapWithoutStatus,
  idleSetpriv,
  scriptThat,
} from "../kit/fake-tools.js";
import { type HostFolder, hostFolder } from "../kit/host-whole.js";
import { isMissing } from "../kit/tool.js";
import { bwrapWithoutNamespaces, toolsOnPath } from "../kit/tools-on-path.js";
import { parseScrape, sampleValue } from "../metrics/scrape.js";

const lacksTools = isMissing("bwrap", "bubblewrap") || isMissing("setpriv", "util-linux");
const isRoot = process.getuid?.() === 0;

/** A host without modules; another user may reach what is shown to him of its folders. */
async function startIn(folder: HostFolder, mode: SandboxMode): Promise<Host> {
  await chmod(folder.path, 0o755);
  const host = folder.host({ sandbox: { mode }, modules: { enabled_modules: [] } });
  await host.start();
  return host;
}

async function controlReport({ config }: Host): Promise<unknown> {
  using control = await connectControl(config.modules.data_dir);
  return await control.call("getsandboxreport");
}

async function httpReport({ dataDir }: HostFolder, { httpUrl = "" }: Host): Promise<unknown> {
  const cookie = await readFile(join(dataDir, ".cookie"));
  const headers = { authorization: `Basic ${cookie.toString("base64")}`, "content-type": "application/json" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "getsandboxreport" });
  const { text } = await ask(httpUrl, { method: "POST", headers, body });
  return (JSON.parse(text) as { result: unknown }).result;
}

/** The status of each layer at /metrics, and the modes that are set there. */
async function scraped({ httpUrl }: Host) {
  const samples = parseScrape(await (await fetch(`${httpUrl}/metrics`)).text());
  const statuses = layerIds.map((layer) => [
    layer,
    samples
      .filter(({ name, labels, value }) => {
        return name === "blvm_sandbox_layer_status" && labels.layer === layer && value === 1;
      })
      .map(({ labels }) => labels.status),
  ]);
  return { samples, statuses: Object.fromEntries(statuses) as Record<string, string[]> };
}

describe.each(["auto", "off"] as const)("a host whose sandbox is %s", (mode) => {
  it("gives the same report by the control door, by JSON-RPC and at /metrics", async () => {
    await using folder = await hostFolder();
    const host = await startIn(folder, mode);
    const report = await controlReport(host);
    expect(report).toMatchObject({ mode, platform: `${process.platform} ${process.arch}` });
    expect(await httpReport(folder, host)).toEqual(report);
    const { layers } = report as { layers: { id: string; status: string }[] };
    expect(layers.map(({ id }) => id)).toEqual(layerIds);
    const { samples, statuses } = await scraped(host);
    expect(statuses).toEqual(Object.fromEntries(layers.map(({ id, status }) => [id, [status]])));
    expect(sampleValue(samples, "blvm_sandbox_info", { mode })).toBe(1);
    expect(samples.filter(({ name }) => name === "blvm_sandbox_layer_status")).toHaveLength(
      layerIds.length * 4,
    );
  });
});

describe("a host whose sandbox is auto", () => {
  it("warns of each layer that is not enforced, then counts all of them in one line", async () => {
    await using folder = await hostFolder();
    const host = await startIn(folder, "auto");
    const report = (await controlReport(host)) as Parameters<typeof lackingLayers>[0];
    const { lines } = folder.log;
    const warnings = lines.filter(({ message }) => message.startsWith("sandbox: "));
    const lacking = lackingLayers(report);
    expect(warnings.map(({ message }) => message)).toEqual(
      lacking.map((layer) => `sandbox: ${layerText(layer)}`),
    );
    for (const [n, { reason, consequence, remedy, id }] of lacking.entries()) {
      expect(warnings[n]).toMatchObject({
        level: "warn",
        fields: { layer: id, reason, consequence, remedy },
      });
    }
    const summary = lines.filter(({ message }) => message.startsWith("sandbox in mode auto: "));
    expect(summary).toMatchObject([{ level: "info" }]);
    expect(summary[0]?.message).toContain(`${9 - lacking.length} of 9 layers are enforced`);
    expect(folder.log.messages().some((message) => message.includes("THE SANDBOX IS OFF"))).toBe(false);
  });
});

describe("a host whose sandbox is off", () => {
  it("says so in capitals at every start, and that its modules are root where it is", async () => {
    await using folder = await hostFolder();
    for (const starts of [1, 2]) {
      const host = await startIn(folder, "off");
      const banners = folder.log.lines.filter(({ message }) => message.startsWith("THE SANDBOX IS OFF"));
      expect(banners).toHaveLength(starts);
      expect(banners.at(-1)).toMatchObject({ level: "warn", fields: { mode: "off" } });
      expect(banners.at(-1)?.message).toContain(isRoot ? "which is root" : "all the rights of this host:");
      expect(
        folder.log
          .messages()
          .includes("the host runs as root and so do its modules: start it as an unprivileged user"),
      ).toBe(isRoot);
      await host.close();
    }
  });

  it("shows of a module that nothing holds it", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder", { capabilities: ["subscribe_events", "network_access"] });
    const host = await startIn(folder, "off");
    const args = ["modules", "show", "worker", "--data-dir", folder.dataDir];
    const shown = JSON.parse((await runCommand([...args, "--json"])).stdout) as { sandbox: unknown };
    expect(shown.sandbox).toMatchObject({
      mode: "off",
      grants: { network: true, spawn: false },
      layers: layerIds.map((id, number) => ({ id, number, status: "off" })),
    });
    const { code, stdout } = await runCommand(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sandbox\.mode +off$/m);
    expect(stdout).toMatch(/^sandbox\.grants\.network +yes$/m);
    expect(stdout).toMatch(/^sandbox\.layers\.identity +off /m);
    await host.close();
  });
});

describe("a host whose operator doesn't allow what a module asks for", () => {
  it("says so in the log at the module's start and in modules permissions, with the key that would allow it", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder", { capabilities: ["subscribe_events", "spawn_processes"] });
    await chmod(folder.path, 0o755);
    const host = folder.host({ sandbox: { mode: "auto" } });
    await host.start();
    const key = "modules.worker.sandbox.allow_spawn_processes";
    expect(folder.log.messages()).toContain(
      `module worker asks for spawn_processes, which is not allowed; to allow it, set ${key} to true`,
    );
    const args = ["modules", "permissions", "worker", "--data-dir", folder.dataDir];
    for (const more of [[], ["--used"]]) {
      const { stdout } = await runCommand([...args, ...more]);
      expect(stdout).toMatch(new RegExp(`^spawn_processes .*not allowed; set ${key} to true`, "m"));
      expect(stdout).not.toContain("fork and start programs");
    }
    const { permissions } = JSON.parse((await runCommand([...args, "--json"])).stdout) as {
      permissions: readonly unknown[];
    };
    expect(permissions).toContainEqual(
      expect.objectContaining({ capability: "spawn_processes", withheld_by: key }),
    );
    await host.close();
  });
});

describe("a host whose sandbox is strict", () => {
  it("refuses to load a module where a layer is missing, and the command line says which, why, and whose mode asks for it", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    await using _ = await toolsOnPath({ bwrap: bwrapWithoutNamespaces });
    const host = folder.host({
      sandbox: { mode: "auto" },
      modules: { enabled_modules: [], worker: { sandbox: { mode: "strict" } } },
    });
    await chmod(folder.path, 0o755);
    await host.start();
    const lacking = unmetLayers((await controlReport(host)) as SandboxReport, "strict");
    expect(lacking.map(({ id }) => id)).toContain("filesystem");
    const { code, stderr } = await runCommand(["modules", "load", "worker", "--data-dir", folder.dataDir]);
    expect(code).toBe(1);
    expect(stderr).toContain("module worker is not started: the sandbox lacks L");
    for (const { number, id, reason } of lacking) expect(stderr).toContain(`L${number} ${id} (${reason})`);
    expect(stderr).toContain("do what `blvm-streams doctor` says, or remove modules.worker.sandbox.mode");
    await expect(host.modules.loadModule("worker")).rejects.toMatchObject({ code: "SANDBOX_INCOMPLETE" });
  });

  it.skipIf(lacksTools).each([
    ["L2 filesystem", { bwrap: bwrapWithout("--unshare-pid", 0) }],
    ["L3 network", { bwrap: bwrapWithout("--unshare-net", 0) }],
    ["L3 network, L4 kernel", { bwrap: bwrapWithoutFilter }],
    ["L5 limits", { prlimit: scriptThat("exit 1") }],
    ["L7 watch", { bwrap: bwrapWithoutStatus }],
    ["L8 wire", { bwrap: bwrapThatAdds("STRAY", "left by bubblewrap") }],
  ])("starts no module where %s is faked away, and names exactly that", async (faked, tools) => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    await using _ = await toolsOnPath(tools);
    const host = await startIn(folder, "strict");
    const lacking = unmetLayers((await controlReport(host)) as SandboxReport, "strict");
    const named = lacking.filter(({ id }) => id !== "totals").map(layerName);
    expect(named.join(", ")).toBe(faked);
    const names = lacking.map(({ number, id, reason }) => `L${number} ${id} (${reason})`).join("; ");
    await expect(host.modules.loadModule("worker")).rejects.toMatchObject({
      code: "SANDBOX_INCOMPLETE",
      message: expect.stringContaining(`the sandbox lacks ${names}; in strict mode`),
    });
    expect([...host.modules.instances]).toEqual([]);
  });
});

describe.runIf(isRoot)("a host that is root", () => {
  it.each(["auto", "strict"] as const)("does not start in mode %s where setpriv is faked", async (mode) => {
    await using folder = await hostFolder();
    await using _ = await toolsOnPath({ setpriv: idleSetpriv });
    await expect(startIn(folder, mode)).rejects.toMatchObject({
      code: "SANDBOX_NEEDS_USER",
      message: expect.stringContaining("user id 0"),
    });
  });

  it("names the place in the file where a user is set whom this machine doesn't know", async () => {
    await using folder = await hostFolder();
    const host = folder.host({ sandbox: { mode: "auto", user: "no-such-user-here" } });
    await expect(host.start()).rejects.toMatchObject({
      code: "SANDBOX_NEEDS_USER",
      message: expect.stringMatching(/no-such-user-here.*sandbox\.user: configuration/),
    });
  });
});
