import { chmod, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import type { SandboxReport } from "../../src/sandbox/index.js";
import { layerIds } from "../../src/sandbox/layer.js";
import { runCommand } from "../cli/run-in-process.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { isMissing } from "../kit/tool.js";
import { bwrapWithoutNamespaces, toolsOnPath } from "../kit/tools-on-path.js";

const lacksBwrap = isMissing("bwrap", "bubblewrap");
const temporaryFolder = tmpdir();

afterEach(() => {
  delete process.env.BLVM_STREAMS_SANDBOX_MODE;
});

/** Runs the command in an empty folder for temporary files, which must be empty again afterwards. */
async function doctor(...args: readonly string[]) {
  await using dir = await tempDir();
  await chmod(dir.path, 0o755);
  process.env.TMPDIR = dir.path;
  try {
    const result = await runCommand(["doctor", "--data-dir", `${dir.path}/data`, ...args]);
    return { ...result, left: await readdir(dir.path) };
  } finally {
    process.env.TMPDIR = temporaryFolder;
  }
}

async function report(): Promise<SandboxReport> {
  return JSON.parse((await doctor("--json")).stdout) as SandboxReport;
}

describe("blvm-streams doctor", () => {
  it("prints the report as JSON and nothing else, and leaves nothing behind", async () => {
    const { stdout, stderr, left } = await doctor("--json");
    expect([stderr, left]).toEqual(["", []]);
    expect(stdout.split("\n")).toHaveLength(2);
    const { layers, ...about } = JSON.parse(stdout) as SandboxReport;
    expect(about).toEqual({
      mode: "auto",
      platform: `${process.platform} ${process.arch}`,
      user: process.getuid?.() === 0 ? "nobody" : null,
    });
    expect(layers.map(({ id, number }) => [id, number])).toEqual(layerIds.map((id, n) => [id, n]));
    for (const layer of layers) {
      expect(Object.keys(layer).sort()).toEqual([
        "consequence",
        "denials",
        "id",
        "mechanism",
        "number",
        "reason",
        "remedy",
        "status",
        "title",
      ]);
    }
  });

  it.skipIf(lacksBwrap)(
    "exits with 0 where identity and code hold, and says that modules are started",
    async () => {
      const { code, stdout } = await doctor();
      expect(stdout).toMatch(/^L0 identity +enforced /m);
      expect(stdout).toMatch(/^L1 code +enforced /m);
      expect(stdout).toMatch(/^L2 filesystem +enforced /m);
      expect(stdout).toContain("A host in mode auto starts modules here.");
      expect(code).toBe(0);
    },
  );

  it("prints a line for each layer, what else decides, and a verdict", async () => {
    const { layers } = await report();
    const { stdout } = await doctor();
    const lines = stdout.split("\n");
    for (const { number, id, status, reason, remedy } of layers) {
      const line = lines.find((each) => each.startsWith(`L${number} ${id} `));
      expect(line).toMatch(new RegExp(`^L${number} ${id} +${status} `));
      for (const part of [reason, remedy]) expect(line).toContain(part ?? "");
    }
    expect(stdout).toContain(process.version);
    expect(stdout).toMatch(/^its own memory +\d+ MiB/m);
    expect(stdout).toMatch(/^data_dir .* does not exist yet$/m);
  });

  it("breaks its lines where the terminal ends", async () => {
    const { stdout } = await runCommand(["doctor"], 70);
    const rows = stdout.split("\n").filter((line) => /^(L\d | {10})/.test(line));
    expect(rows.length).toBeGreaterThanOrEqual(layerIds.length);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(70);
  });

  it.runIf(process.getuid?.() === 0)(
    "exits with 1 where a host would not start, naming the folder that keeps the modules' user from the data",
    async () => {
      await using dir = await tempDir();
      const { code, stdout, stderr } = await runCommand(["doctor", "--data-dir", `${dir.path}/data`]);
      expect(stdout).toContain(`${dir.path} has mode 0700`);
      expect(stdout).toContain(`chmod o+x ${dir.path}`);
      expect(stdout).toContain("A host does not start here");
      expect(stdout).not.toContain("starts modules here");
      expect([code, stderr]).toEqual([1, expect.stringContaining(`chmod o+x ${dir.path}`)]);
      const socketDir = `${dir.path}/sockets`;
      process.env.BLVM_STREAMS_MODULES_SOCKET_DIR = socketDir;
      try {
        const { code: ofSockets, stderr: told } = await doctor("--json");
        expect([ofSockets, told]).toEqual([1, expect.stringContaining(`${socketDir} can't be reached`)]);
      } finally {
        delete process.env.BLVM_STREAMS_MODULES_SOCKET_DIR;
      }
    },
  );

  it("exits with 1 where a host could make nothing in its data_dir, and says why", async () => {
    await using dir = await tempDir();
    await chmod(dir.path, 0o755);
    await writeFile(`${dir.path}/file`, "");
    const { code, stdout, stderr } = await runCommand(["doctor", "--data-dir", `${dir.path}/file/data`]);
    expect(stdout).toMatch(
      /A host does not start here: data directory .*\/file\/data can't be used \(ENOTDIR/,
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining("can't be used (ENOTDIR")]);
  });

  it("exits with 3 where a module's own mode asks for more than there is, and names the module", async () => {
    await using dir = await tempDir();
    const file = `${dir.path}/blvm-streams.toml`;
    await writeFile(file, '[modules.careful.sandbox]\nmode = "strict"\n\n[modules.other.sandbox]\n');
    await using _ = await toolsOnPath({ bwrap: bwrapWithoutNamespaces });
    const { code, stdout } = await doctor("--config", file);
    expect(stdout).toMatch(/own mode is strict are refused here, for want of .*L2 filesystem.*: careful\.$/m);
    expect(code).toBe(3);
  });

  it("exits with 3 under --strict where bubblewrap can't make a namespace, and to root with 0 without it", async () => {
    await using _ = await toolsOnPath({ bwrap: bwrapWithoutNamespaces });
    const auto = await doctor();
    expect(auto.stdout).toMatch(/^L2 filesystem +missing .*No permissions to create new namespace/m);
    // A module that is the host's own user could change the host's copy of its code.
    expect(auto.code).toBe(process.getuid?.() === 0 ? 0 : 3);
    const strict = await doctor("--strict");
    expect(strict.stdout).toMatch(
      /A host in mode strict refuses to start modules here, for want of .*L2 filesystem/,
    );
    expect(strict.code).toBe(3);
  });

  it("exits with 3 where the sandbox is off, and says where that was said", async () => {
    process.env.BLVM_STREAMS_SANDBOX_MODE = "off";
    const { code, stdout } = await doctor();
    expect(code).toBe(3);
    expect(stdout).toMatch(/^L3 network +off /m);
    expect(stdout).toContain("sandbox.mode, environment variable BLVM_STREAMS_SANDBOX_MODE");
  });
});
