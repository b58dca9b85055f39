import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { divideCgroup } from "../../src/sandbox/cgroup/divide-cgroup.js";
import { findCgroup } from "../../src/sandbox/cgroup/find-cgroup.js";
import { joinGroupArgs } from "../../src/sandbox/cgroup/join-group.js";
import { ModuleGroups } from "../../src/sandbox/cgroup/module-groups.js";
import { totalsStatus, totalsValues } from "../../src/sandbox/layers/totals.js";
import type { Machine } from "../../src/sandbox/machine.js";
import { cgroupTree } from "../kit/cgroup-tree.js";
import { launchRequest } from "../kit/sandbox-off.js";

const MIB = 1024 * 1024;
const GONE_PID = 4_194_305;
const pid = String(process.pid);
const { limits } = launchRequest({ entryPath: "/m/main.js", dataDir: "/d" });
const machine: Machine = {
  platform: "linux",
  arch: "x64",
  hostUid: 1000,
  user: undefined,
  tools: { prlimit: "/bin/prlimit" },
  nodePath: "/bin/node",
  runtimeDataBytes: 0,
};

/** What the kernel tells a process of its groups, over a tree. */
async function procOf(path: string, { membership = "0::/host.service", root = "/", type = "cgroup2" } = {}) {
  const proc = join(path, "..", "proc");
  await mkdir(proc);
  await writeFile(join(proc, "cgroup"), `9:name=systemd:/x\n${membership}\n`);
  const mount = join(path, "..").replace(/ /g, "\\040");
  await writeFile(
    join(proc, "mountinfo"),
    `35 31 0:32 ${root} ${mount} rw,relatime shared:1 - ${type} cgroup rw\n`,
  );
  return proc;
}

describe("findCgroup", () => {
  it("finds the group that this process is in and may divide", async () => {
    await using tree = await cgroupTree();
    const found = await findCgroup(tree.files, await procOf(tree.path));
    expect(found).toEqual({ kind: "delegated", path: tree.path });
    expect(tree.writes).toEqual([]);
  });

  it("finds it where only a part of the tree is mounted", async () => {
    await using tree = await cgroupTree();
    const view = { membership: "0::/docker/abc/host.service", root: "/docker/abc" };
    const found = await findCgroup(tree.files, await procOf(tree.path, view));
    expect(found).toEqual({ kind: "delegated", path: tree.path });
  });

  it.each([
    ["lies outside of what is mounted", { membership: "0::/../other" }],
    ["is of version 1", { type: "cgroup" }],
    ["is not told", { membership: "4:memory:/x" }],
    ["is below another root", { root: "/docker/abc" }],
  ])("finds none where the group %s", async (_why, view) => {
    await using tree = await cgroupTree();
    const found = await findCgroup(tree.files, await procOf(tree.path, view));
    expect(found).toMatchObject({ kind: "none", reason: expect.stringContaining("not mounted") });
  });

  it("names the controllers that are missing, and those that are there", async () => {
    await using tree = await cgroupTree();
    await writeFile(join(tree.path, "cgroup.controllers"), "hugetlb pids\n");
    const found = await findCgroup(tree.files, await procOf(tree.path));
    expect(found).toMatchObject({
      kind: "none",
      reason: `${tree.path} has no controller memory, cpu (it has hugetlb, pids)`,
      remedy: expect.stringContaining("Delegate=yes"),
    });
  });

  it("finds none where this user may not write", async () => {
    await using tree = await cgroupTree();
    tree.fail("cgroup.subtree_control", "EACCES");
    const found = await findCgroup(tree.files, await procOf(tree.path));
    expect(found).toMatchObject({ kind: "none", reason: expect.stringContaining("EACCES") });
  });

  it("says so on a system without control groups, and answers on this one", async () => {
    await using tree = await cgroupTree();
    const found = await findCgroup(tree.files, join(tree.path, "nothing"));
    expect(found).toMatchObject({ kind: "none", reason: "this system shows no control groups (ENOENT)" });
    expect(["none", "delegated"]).toContain((await findCgroup()).kind);
  });
});

describe("the groups of modules", () => {
  it("are made after the host moved out of the way, with a module's values, and are removed", async () => {
    await using tree = await cgroupTree();
    const groups = await ModuleGroups.open(tree.files, tree.path);
    expect(await tree.members(join(tree.path, `blvm-host-${pid}`))).toEqual([pid]);
    const group = await groups.make("probe", totalsValues(limits, { network: false, spawn: true }));
    const folder = group.procsPath.slice(0, -"/cgroup.procs".length);
    const written = (file: string) => readFile(join(folder, file), "utf8");
    expect(await written("memory.max")).toBe(String((512 + 8 + 1 + 4) * MIB));
    expect(await written("memory.swap.max")).toBe("0");
    expect(await written("memory.oom.group")).toBe("1");
    expect(await written("pids.max")).toBe(String(1 + 64 + 10 * 16 + 4));
    expect(await written("cpu.max")).toBe("100000 100000");
    await group.close();
    await groups.close();
    expect((await readdir(tree.path)).filter((name) => name.startsWith("blvm-"))).toEqual([
      `blvm-host-${pid}`,
    ]);
  });

  it("kill what is left in a group before it is removed, and wait for a busy one", async () => {
    await using tree = await cgroupTree();
    const groups = await ModuleGroups.open(tree.files, tree.path);
    const group = await groups.make("probe", []);
    await tree.files.write(group.procsPath, "77");
    tree.fail("probe-1", "EBUSY", 2);
    await group.close();
    await group.close();
    expect(tree.writes.at(-2)).toMatch(/probe-1\/cgroup\.kill 1$/);
    await groups.close();
    expect((await readdir(tree.path)).filter((name) => name.startsWith("blvm-modules"))).toEqual([]);
  });

  it("give up on a group that stays busy within a second or so", async () => {
    await using tree = await cgroupTree();
    const groups = await ModuleGroups.open(tree.files, tree.path);
    const group = await groups.make("probe", []);
    tree.fail("probe-1", "EBUSY");
    const startMs = performance.now();
    await group.close();
    expect(performance.now() - startMs).toBeGreaterThan(900);
  });

  it("are not left when a value is refused", async () => {
    await using tree = await cgroupTree();
    const groups = await ModuleGroups.open(tree.files, tree.path);
    tree.fail("memory.max", "EINVAL");
    await expect(groups.make("probe", [["memory.max", "1"]])).rejects.toMatchObject({ code: "EINVAL" });
    await groups.close();
    expect((await readdir(tree.path)).filter((name) => name.startsWith("blvm-modules"))).toEqual([]);
  });

  it("can't be made beside processes of others, and the host goes back then", async () => {
    await using tree = await cgroupTree({ others: [4711] });
    await expect(ModuleGroups.open(tree.files, tree.path)).rejects.toMatchObject({ code: "EBUSY" });
    expect((await tree.members(tree.path)).sort()).toEqual(["4711", pid].sort());
    expect((await readdir(tree.path)).filter((name) => name.startsWith("blvm-"))).toEqual([]);
  });

  it("are two for two sandboxes of one host, which moved already", async () => {
    await using tree = await cgroupTree();
    const first = await ModuleGroups.open(tree.files, tree.path);
    const second = await ModuleGroups.open(tree.files, join(tree.path, `blvm-host-${pid}`));
    expect((await readdir(tree.path)).filter((name) => name.startsWith("blvm-modules"))).toHaveLength(2);
    await first.close();
    await second.close();
  });

  it("of hosts that are gone are removed, those of others that live are not", async () => {
    await using tree = await cgroupTree();
    for (const owner of [GONE_PID, 1]) {
      await tree.files.makeGroup(join(tree.path, `blvm-modules-${owner}-1`));
      await tree.files.makeGroup(join(tree.path, `blvm-modules-${owner}-1`, "m-1"));
      await tree.files.makeGroup(join(tree.path, `blvm-host-${owner}`));
    }
    const groups = await ModuleGroups.open(tree.files, tree.path);
    await groups.close();
    const left = (await readdir(tree.path)).filter((name) => name.startsWith("blvm-")).sort();
    expect(left).toEqual([`blvm-host-${pid}`, "blvm-host-1", "blvm-modules-1-1"].sort());
  });

  it("tell how many processes the kernel killed for memory", async () => {
    await using tree = await cgroupTree();
    const groups = await ModuleGroups.open(tree.files, tree.path);
    const group = await groups.make("probe", []);
    expect(await group.memoryKills()).toBe(0);
    await writeFile(join(group.procsPath, "..", "memory.events"), "oom 1\noom_kill 3\n");
    expect(await group.memoryKills()).toBe(3);
    await group.close();
    expect(await group.memoryKills()).toBe(0);
    await groups.close();
  });
});

describe("divideCgroup", () => {
  it("is not believed where nothing refuses a process that is too many", async () => {
    await using tree = await cgroupTree();
    const divided = await divideCgroup({ kind: "delegated", path: tree.path }, "/bin/sh", tree.files);
    expect(divided?.finding).toEqual({
      kind: "divided",
      path: tree.path,
      problem: "pids.max did not refuse a process",
    });
    const status = totalsStatus({ ...machine, cgroup: divided?.finding });
    expect(status).toMatchObject({ status: "partial", reason: expect.stringContaining("did not refuse") });
    await divided?.groups?.close();
  });

  it("tells why a group can't be divided", async () => {
    await using tree = await cgroupTree({ others: [4711] });
    const divided = await divideCgroup({ kind: "delegated", path: tree.path }, "/bin/sh", tree.files);
    expect(divided).toMatchObject({ groups: undefined, finding: { kind: "none" } });
    expect(totalsStatus({ ...machine, cgroup: divided?.finding }).reason).toContain("EBUSY");
  });

  it("needs a shell, and leaves alone what is not delegated", async () => {
    await using tree = await cgroupTree();
    const found = { kind: "delegated", path: tree.path } as const;
    expect(await divideCgroup(found, undefined, tree.files)).toMatchObject({ finding: { kind: "none" } });
    expect(await divideCgroup(undefined, "/bin/sh", tree.files)).toBeUndefined();
    expect(tree.writes).toEqual([]);
  });

  it("has the process in the group before the rest of its command line begins", async () => {
    await using tree = await cgroupTree();
    const procs = join(tree.path, "cgroup.procs");
    await writeFile(procs, "");
    const [command = "", ...args] = joinGroupArgs("/bin/sh", procs);
    const seen = execFileSync(command, [...args, "/bin/sh", "-c", `cat ${procs}; echo $$`], {
      encoding: "utf8",
    });
    const [joined, own] = seen.trim().split("\n");
    expect(joined).toBe(own);
    expect(() =>
      execFileSync(command, [...args.slice(0, -1), "/nowhere/procs", "true"], { stdio: "ignore" }),
    ).toThrow();
  });
});

describe("totalsStatus", () => {
  it("is enforced where the kernel was seen to refuse, and partial with the reason and remedy otherwise", () => {
    const path = "/sys/fs/cgroup/host.service";
    const proven = { kind: "divided", path, problem: undefined } as const;
    expect(totalsStatus({ ...machine, cgroup: proven })).toMatchObject({ status: "enforced", reason: null });
    const none = { kind: "none", reason: "no v2", remedy: "boot with it" } as const;
    expect(totalsStatus({ ...machine, cgroup: none })).toEqual({
      status: "partial",
      mechanism: "a lower priority (nice) and a limit of processor time that the host moves on (RLIMIT_CPU)",
      reason: "no v2: what several processes of a module take together is only watched",
      remedy: "boot with it",
    });
    expect(totalsStatus({ ...machine, platform: "darwin" })).toMatchObject({
      status: "partial",
      mechanism: "a lower priority (nice)",
      reason: expect.stringContaining("no control groups"),
    });
  });
});
