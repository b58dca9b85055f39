import { execFile } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LayerId, LayerReport, LayerStatus } from "../../src/sandbox/index.js";
import { layerIds } from "../../src/sandbox/layer.js";
import { canaryOutcomes, openers } from "../kit/canary-outcomes.js";
import type { CanaryOutcome } from "../kit/canary-script.js";
import {
  bwrapThatAdds,
  bwrapThatBindsWritable,
  bwrapThatLacks,
  bwrapThatShows,
  bwrapWithout,
  bwrapWithoutFilter,
  bwrapWithoutStatus,
  idlePrlimitSource,
  idleSetpriv,
  scriptThat,
} from "../kit/fake-tools.js";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { isMissing } from "../kit/tool.js";

const run = promisify(execFile);
const isUnable = [
  isMissing("bwrap", "bubblewrap"),
  isMissing("setpriv", "util-linux"),
  isMissing("gcc", "gcc"),
].includes(true);

const noNamespaces =
  "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces.";

function scenarios(idlePrlimit: Uint8Array) {
  const deadline = { canaryDeadlineMs: 2000 };
  return {
    everything: {},
    "no filesystem": { settings: { without: ["filesystem"] as LayerId[] } },
    "no network": { settings: { without: ["network"] as LayerId[] } },
    "no kernel": { settings: { without: ["kernel"] as LayerId[] } },
    "no limits": { settings: { without: ["limits"] as LayerId[] } },
    "no identity": { settings: { without: ["identity"] as LayerId[] } },
    "bwrap drops the filter": { tools: { bwrap: bwrapWithoutFilter } },
    "bwrap shares the network": { tools: { bwrap: bwrapWithout("--unshare-net", 0) } },
    "bwrap shares processes": { tools: { bwrap: bwrapWithout("--unshare-pid", 0) } },
    "bwrap has no sizes": { tools: { bwrap: bwrapWithout("--size", 1) } },
    "bwrap binds writable": { tools: { bwrap: bwrapThatBindsWritable() } },
    "bwrap shows more": { tools: { bwrap: bwrapThatShows("/etc") } },
    "bwrap lacks --size": { tools: { bwrap: bwrapThatLacks("--size") } },
    "bwrap lacks --disable-userns": { tools: { bwrap: bwrapThatLacks("--disable-userns") } },
    "bwrap may not": { tools: { bwrap: scriptThat(`echo '${noNamespaces}' >&2; exit 1`) } },
    "bwrap crashes": { tools: { bwrap: scriptThat("kill -SEGV $$") } },
    "bwrap hangs": { tools: { bwrap: scriptThat("exec sleep 600") }, settings: deadline },
    "bwrap prints garbage": {
      tools: {
        bwrap: scriptThat("head -c 3000000 /dev/urandom; printf '\\033[2Jgone\\n\\n\\007wrong' >&2; exit 1"),
      },
    },
    "bwrap runs nothing": { tools: { bwrap: scriptThat("exit 0") } },
    "bwrap tells nothing of itself": { tools: { bwrap: bwrapWithoutStatus } },
    "bwrap adds to the environment": { tools: { bwrap: bwrapThatAdds("STRAY", "left by bubblewrap") } },
    "prlimit limits nothing": { tools: { prlimit: idlePrlimit } },
    "prlimit fails": { tools: { prlimit: scriptThat("echo 'prlimit: out of order' >&2; exit 1") } },
    "setpriv changes nothing": { tools: { setpriv: idleSetpriv } },
    "setpriv dies later": {
      tools: { setpriv: scriptThat('case "$*" in *--version) exit 0;; esac; echo broken >&2; exit 3') },
    },
    "another system": { settings: { platform: "darwin" as const } },
  };
}
type Name = keyof ReturnType<typeof scenarios>;

let folder: TempDir;
let idlePrlimit: Uint8Array;

beforeAll(async () => {
  if (isUnable) return;
  folder = await tempDir();
  await chmod(folder.path, 0o755);
  const source = join(folder.path, "prlimit.c");
  const binary = join(folder.path, "prlimit");
  await writeFile(source, idlePrlimitSource);
  await run("gcc", ["-O1", "-o", binary, source]);
  idlePrlimit = await readFile(binary);
});
afterAll(async () => {
  await folder?.[Symbol.asyncDispose]();
});

describe.skipIf(isUnable).each(openers)("a sandbox that %s opens", (opener) => {
  const isRoot = opener === "root";
  let outcomes: Record<Name, CanaryOutcome>;
  let dir: TempDir;

  beforeAll(async () => {
    dir = await tempDir();
    await chmod(dir.path, 0o755);
    outcomes = await canaryOutcomes(dir.path, opener, scenarios(idlePrlimit));
  }, 120_000);
  afterAll(async () => {
    await dir[Symbol.asyncDispose]();
  });

  function layer(name: Name, id: LayerId): LayerReport {
    const { report, message } = outcomes[name];
    const found = report?.layers.find((one) => one.id === id);
    if (found === undefined) throw new Error(`${name}: no report (${message})`);
    return found;
  }

  /** All layers but L6, whose mechanism is the machine's. */
  function statuses(name: Name): Partial<Record<LayerId, LayerStatus>> {
    const found = (outcomes[name].report?.layers ?? []).map(({ id, status }) => [id, status] as const);
    return Object.fromEntries(found.filter(([id]) => id !== "totals"));
  }

  const enforced = {
    identity: "enforced",
    code: "enforced",
    filesystem: "enforced",
    network: "enforced",
    kernel: "enforced",
    limits: "enforced",
    watch: "enforced",
    wire: "enforced",
  } as const;
  /** As the host's own user a module may write what is in sight, its own code too. */
  const codeInSight = isRoot ? "enforced" : "missing";

  it("has every layer enforced, each by denials that were seen", () => {
    expect(statuses("everything")).toEqual(enforced);
    const { report } = outcomes.everything;
    expect(report?.user).toBe(isRoot ? "nobody" : null);
    for (const { id, denials, reason, consequence, remedy } of report?.layers ?? []) {
      if (id === "totals") continue;
      expect(denials.length, id).toBeGreaterThan(0);
      expect(denials.filter(({ isDenied }) => !isDenied)).toEqual([]);
      expect([reason, consequence, remedy]).toEqual([null, null, null]);
    }
    const tried = (report?.layers ?? []).reduce((sum, { denials }) => sum + denials.length, 0);
    expect(tried).toBeGreaterThanOrEqual(60);
  });

  const lost = [
    ["no filesystem", { filesystem: "missing", code: codeInSight }],
    ["no network", { network: "partial" }],
    ["no kernel", { kernel: "missing", network: "partial" }],
    ["no limits", { limits: "missing" }],
    ["bwrap drops the filter", { kernel: "missing", network: "partial" }],
    ["bwrap shares the network", { network: "partial" }],
    ["bwrap shares processes", { filesystem: "partial" }],
    ["bwrap has no sizes", { filesystem: "partial" }],
    ["bwrap binds writable", { filesystem: "partial", code: codeInSight }],
    ["bwrap shows more", { filesystem: "partial" }],
    ["bwrap lacks --size", { filesystem: "partial" }],
    ["bwrap lacks --disable-userns", {}],
    ["bwrap tells nothing of itself", { watch: "missing" }],
    ["bwrap adds to the environment", { wire: "partial" }],
    ["prlimit limits nothing", { limits: "missing" }],
    ["prlimit fails", { limits: "missing" }],
    ...(
      ["bwrap may not", "bwrap crashes", "bwrap hangs", "bwrap prints garbage", "bwrap runs nothing"] as const
    ).map(
      (name) =>
        [name, { filesystem: "missing", network: "missing", kernel: "missing", code: codeInSight }] as const,
    ),
  ] as readonly (readonly [Name, Partial<Record<LayerId, LayerStatus>>])[];

  it.each(lost)("reports exactly what is not denied when: %s", (name, different) => {
    expect(statuses(name), outcomes[name].message).toEqual({ ...enforced, ...different });
  });

  it.each([["everything", {}], ...lost] as typeof lost)(
    "refuses a strict module for exactly the layers that don't hold when: %s",
    (name, different) => {
      const { code, message = "" } = outcomes[name];
      const hasTotals = layer(name, "totals").status !== "missing";
      const all = { ...enforced, ...different, totals: hasTotals ? "enforced" : "missing" };
      const unmet = layerIds.filter((id) => all[id] !== "enforced");
      expect(code).toBe(unmet.length === 0 ? undefined : "SANDBOX_INCOMPLETE");
      expect([...message.matchAll(/(?:lacks|;) L\d (\w+) \(/g)].map(([, id]) => id)).toEqual(unmet);
    },
  );

  it("sees what a layer denies succeed where the layer is left out", () => {
    const seenWithout = (id: LayerId, name: Name) =>
      Object.fromEntries(layer(name, id).denials.map(({ attempt, seen }) => [attempt, seen]));
    expect(seenWithout("filesystem", "no filesystem")).toMatchObject({
      "read /etc/passwd": "succeeded",
      "write a file of the host that is open to all": "succeeded",
      "look at the host's process": "succeeded",
      "send a signal to the host": isRoot ? "EPERM" : "succeeded",
    });
    expect(seenWithout("network", "no network")).toMatchObject({
      "reach an abstract Unix socket of the host": "succeeded",
    });
    expect(seenWithout("network", "no kernel")).toMatchObject({
      "open an IPv4 connection": "succeeded",
      "open a netlink socket": "succeeded",
    });
    expect(seenWithout("kernel", "no kernel")).toMatchObject({
      "start a process (fork)": "succeeded",
      "start a process (vfork)": "succeeded",
      "start a process (clone)": "succeeded",
      "leave namespaces (unshare)": "succeeded",
      "watch another process (ptrace)": "ESRCH",
      "make files that are in no folder (memfd)": "EFAULT",
    });
    expect(seenWithout("limits", "no limits")).toMatchObject({
      [`make a file of ${1024 * 1024 + 4097} bytes`]: "succeeded",
      [`take ${Math.ceil(64 * 1.1 * 1024 * 1024)} bytes of memory`]: "succeeded",
    });
  });

  it("refuses a strict module, naming each layer that isn't enforced with the reason", () => {
    const { code, message } = outcomes["bwrap shares the network"];
    expect(code).toBe("SANDBOX_INCOMPLETE");
    expect(message).toMatch(
      /L3 network \(a canary was not denied to reach an abstract Unix socket of the host: succeeded/,
    );
    expect(message).not.toContain("L2 filesystem");
    expect(outcomes["prlimit limits nothing"].message).toMatch(/L5 limits \(a canary was not denied to/);
  });

  it("tells why a program was of no use, in one line without control characters, and what to do", () => {
    expect(layer("bwrap may not", "kernel")).toMatchObject({
      mechanism: null,
      consequence: expect.stringContaining("a module could "),
    });
    expect(layer("bwrap may not", "filesystem").reason).toContain(noNamespaces);
    expect(layer("bwrap may not", "filesystem").remedy).toMatch(/user.?namespaces|userns/);
    expect(layer("bwrap crashes", "network").reason).toContain("SIGSEGV");
    expect(layer("bwrap hangs", "network").reason).toContain("did not end within 2000 ms");
    expect(layer("bwrap prints garbage", "network").reason).toMatch(/^\[2Jgone wrong/);
    expect(layer("bwrap runs nothing", "network").reason).toContain("printed something else");
    expect(layer("bwrap lacks --size", "filesystem")).toMatchObject({
      reason: expect.stringContaining("Unknown option --size"),
      remedy: "update bubblewrap to version 0.8 or later",
    });
    expect(layer("prlimit fails", "limits").reason).not.toBeNull();
  });

  it("never starts modules as root where setpriv doesn't change the user", () => {
    for (const name of [
      "setpriv changes nothing",
      "setpriv dies later",
      "no identity",
      "another system",
    ] as const) {
      if (isRoot) expect(outcomes[name].code, name).toBe("SANDBOX_NEEDS_USER");
      else expect(outcomes[name].report, outcomes[name].message).toBeDefined();
    }
    if (isRoot) expect(outcomes["setpriv changes nothing"].message).toContain("user id 0");
    else expect(statuses("setpriv changes nothing")).toEqual(enforced);
  });

  it("tells on other systems that nothing was proven there, and has no modules run as root", () => {
    if (isRoot) {
      expect(outcomes["another system"].code).toBe("SANDBOX_NEEDS_USER");
      return;
    }
    expect(outcomes["another system"].report?.platform).toMatch(/^darwin /);
    expect(statuses("another system")).toEqual({
      identity: "missing",
      code: "partial",
      filesystem: "missing",
      network: "missing",
      kernel: "missing",
      limits: "missing",
      watch: "missing",
      wire: "partial",
    });
    expect(layer("another system", "code").reason).toContain("there is no canary for darwin");
  });

  it("waits for programs that hang for some deadlines, not for ever", () => {
    expect(outcomes["bwrap hangs"].openMs).toBeLessThan(timeLimitMs(11_000));
  });
});
