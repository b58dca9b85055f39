import { execFileSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type HostForm, hostForms, isNotRoot, nobody } from "../kit/host-forms.js";
import { type OwnerResult, ownerScene } from "../kit/sandboxed-owner.js";
import { isMissing } from "../kit/tool.js";

const lacksTools = isMissing("setpriv", "util-linux") || isMissing("bwrap", "bubblewrap");
const [asRoot] = hostForms as [HostForm];

/** Whom the modules of a host of this form are run as. */
function moduleUser({ isRoot, prefix }: HostForm): readonly [uid: number, gid: number] {
  if (isRoot || prefix.length > 0) return [nobody.uid, nobody.gid];
  return [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
}

function expectOwnFiles(result: OwnerResult, form: HostForm): void {
  const [uid, gid] = moduleUser(form);
  const mine = (mode: string) => [uid, gid, mode];
  expect(result.modules).toEqual({
    "": mine("700"),
    mine: mine("600"),
    made: mine("700"),
    "made/by/node": mine("600"),
    "made/empty": mine("700"),
    "made/empty/mine": mine("644"),
  });
}

describe.skipIf(lacksTools).each(hostForms)("a module of a host that is $whose", (form) => {
  it("is nobody special, and shares its files with the node's API in both directions", async () => {
    await using scene = await ownerScene(form);
    const result = await scene.run(form);
    expect(result).toMatchObject({ state: "Running", doors: ["fd"] });
    const { status = {}, attempts } = result.report ?? {};
    const [uid, gid] = moduleUser(form);
    const fourTimes = (id: number) => Array.from({ length: 4 }, () => id).join("\t");
    expect(status).toMatchObject({ Uid: fourTimes(uid), Gid: fourTimes(gid), NoNewPrivs: "1" });
    const sets = ["CapInh", "CapPrm", "CapEff", "CapAmb"].map((name) => status[name]);
    expect(new Set(sets)).toEqual(new Set(["0000000000000000"]));
    if (form.isRoot) expect([status.Groups, status.CapBnd]).toEqual(["", "0000000000000000"]);
    expect(attempts).toEqual({
      ownFileByNode: { value: "mine" },
      nodesFile: { value: "node's" },
      appended: {},
      inNodesFolder: {},
      replacedByNode: { value: "replaced" },
      afterReplacement: { value: "replaced" },
      old: { error: "ENOENT" },
      oldAppended: { error: "ENOENT" },
      codeWritten: { error: expect.stringMatching(/^E(ROFS|ACCES)$/) },
    });
    expect(await readFile(join(scene.dataDir, "owner", "made/by/node"), "utf8")).toBe("node's and mine");
    expectOwnFiles(result, form);
    const passage = form.isRoot ? "711" : "700";
    const modes = Object.fromEntries(Object.entries(result.hosts ?? {}).map(([path, at]) => [path, at[2]]));
    expect(modes).toMatchObject({ "": passage, ".sockets": passage, ".sandbox": passage, ".code": passage });
    expect(modes).toMatchObject({
      "host.lock": "600",
      "host.sock": "600",
      "host.json": "600",
      ".cookie": "600",
    });
  });

  it("comes through the path door as well, and finds what an earlier host kept for it", async () => {
    await using scene = await ownerScene(form);
    const old = join(scene.dataDir, "owner", "old", "tree");
    const make = `umask 077; mkdir -p "$0" && echo kept >"$0/file"; chmod ${form.isRoot ? 711 : 700} "$1"`;
    execFileSync(form.prefix[0] ?? "sh", [
      ...form.prefix.slice(1),
      ...(form.prefix.length > 0 ? ["sh"] : []),
      "-c",
      make,
      old,
      scene.dataDir,
    ]);
    const result = await scene.run(form, { modules: { owner: { door: "path" } } });
    expect(result).toMatchObject({ state: "Running", doors: ["path"] });
    expect(result.report?.attempts).toMatchObject({ old: { value: "kept\n" }, oldAppended: {} });
    expect(await readFile(join(old, "file"), "utf8")).toBe("kept\n more");
  });
});

describe.skipIf(lacksTools || isNotRoot("handing data directories over"))("two hosts that are root", () => {
  it("give old data to one and the same user, but for what may be somebody else's", async () => {
    await using scene = await ownerScene(asRoot);
    await using beside = await ownerScene(asRoot);
    const old = join(scene.dataDir, "owner", "old");
    await mkdir(join(old, "tree"), { recursive: true, mode: 0o711 });
    await writeFile(join(old, "tree", "file"), "kept", { mode: 0o600 });
    const secret = join(scene.path, "secret");
    await writeFile(secret, "secret", { mode: 0o600 });
    await link(secret, join(old, "linked"));
    await symlink(secret, join(old, "pointing"));
    const [result, other] = await Promise.all([scene.run(asRoot), beside.run(asRoot)]);
    expect([result.state, other.state]).toEqual(["Running", "Running"]);
    expect(result.report?.attempts).toMatchObject({ old: { value: "kept" }, oldAppended: {} });
    expect(result.lines).toContain("the module's data directory belongs to nobody now");
    const warning = result.lines.find((line) => line.startsWith("these stay root's")) ?? "";
    expect(warning).toContain(join(old, "linked"));
    expect([secret, join(old, "tree")].map((path) => lstatSync(path).uid)).toEqual([0, nobody.uid]);
  });
});
