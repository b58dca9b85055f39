import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tempDir } from "../kit/process-temp-dir.js";
import { runCommand } from "./run-in-process.js";

const head = '# the module\nname = "probe"\nversion = "1.0.0"\nentry_point = "main.js"\n';

/** A module `probe` and keys of alice and bob in one folder. */
async function workshop(directory: string, manifest = head) {
  const at = (name: string) => join(directory, name);
  await mkdir(at("probe"));
  await writeFile(at("probe/module.toml"), manifest);
  await writeFile(at("probe/main.js"), "// code");
  const keygen = async (name: string) => {
    const { stdout } = await runCommand(["modules", "keygen", "--out", at(`${name}.key`)]);
    return stdout.trim();
  };
  return {
    at,
    alice: await keygen("alice"),
    bob: await keygen("bob"),
    manifest: () => readFile(at("probe/module.toml"), "utf8"),
    sign: (name: string, ...flags: string[]) =>
      runCommand(["modules", "sign", at("probe"), "--key", at(`${name}.key`), "--name", name, ...flags]),
    verify: (...flags: string[]) => runCommand(["modules", "verify", at("probe"), ...flags]),
  };
}

describe("modules keygen", () => {
  it("writes a private key that only its owner may read, and prints the public one", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "own.key");
    const { code, stdout } = await runCommand(["modules", "keygen", "--out", file, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ file, public_key: expect.stringMatching(/^0[23][0-9a-f]{64}$/) });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, "utf8");
    expect(text).toMatch(/^[0-9a-f]{64}\n$/);
    expect(stdout).not.toContain(text.trim());
  });

  it("never overwrites a file, nor writes through a link", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "own.key");
    await writeFile(file, "precious");
    await symlink(join(dir.path, "elsewhere"), join(dir.path, "link.key"));
    for (const out of [file, join(dir.path, "link.key"), join(dir.path, "absent/own.key")]) {
      const { code, stdout, stderr } = await runCommand(["modules", "keygen", "--out", out]);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(`${out}: found a file that`);
    }
    expect(await readFile(file, "utf8")).toBe("precious");
    expect(await readdir(dir.path)).toEqual(["link.key", "own.key"]);
  });
});

describe("modules sign", () => {
  it("adds hash, size and signature, and keeps the rest of the manifest and its mode", async () => {
    await using dir = await tempDir();
    const { at, alice, sign, manifest } = await workshop(dir.path);
    await chmod(at("probe/module.toml"), 0o640);
    const { code, stdout } = await sign("alice", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      size_bytes: 7,
      threshold: "1-of-1",
      signed: ["alice"],
      pending: [],
      outdated: [],
    });
    const text = await manifest();
    expect(text.startsWith(head)).toBe(true);
    expect(text).toContain(`public_key = "${alice}"`);
    expect((await stat(at("probe/module.toml"))).mode & 0o777).toBe(0o640);
    expect(await readdir(at("probe"))).toEqual(["main.js", "module.toml"]);
    expect((await sign("alice")).stdout).toMatch(
      /^probe 1\.0\.0: 7 bytes, sha256:[0-9a-f]{64}\nsigned by 1 of 1, 1 needed\n$/,
    );
    expect(await manifest()).toBe(text);
  });

  it("lets each maintainer sign in turn once all are named", async () => {
    await using dir = await tempDir();
    const { alice, bob, sign, verify } = await workshop(dir.path);
    const trust = ["--trust", `alice=${alice}`, "--trust", `bob=${bob}`, "--threshold", "2"];
    const first = await sign("alice", "--threshold", "2", "--with", `bob=${bob}`);
    expect(first.stdout).toContain("signed by 1 of 2, 2 needed\nbob has yet to sign\n");
    expect((await verify(...trust)).code).toBe(1);
    expect((await sign("bob")).stdout).toContain("signed by 2 of 2, 2 needed\n");
    expect((await verify(...trust)).code).toBe(0);
  });

  it("takes out the signatures that a new maintainer or new code makes worthless", async () => {
    await using dir = await tempDir();
    const { at, sign, manifest } = await workshop(dir.path);
    await sign("alice");
    const grown = await sign("bob");
    expect(grown.stdout).toContain(
      "the signature of alice no longer fitted and was taken out\nalice has yet to sign\n",
    );
    expect(await manifest()).toContain('threshold = "1-of-2"');
    await sign("alice");
    await writeFile(at("probe/main.js"), "// other code");
    expect(JSON.parse((await sign("bob", "--json")).stdout)).toMatchObject({
      signed: ["bob"],
      outdated: ["alice"],
    });
  });

  it("takes M and N from [governance] where that names the maintainers", async () => {
    await using dir = await tempDir();
    const governance = '[governance]\nmaintainers = ["alice", "bob", "carol"]\nthreshold = "2-of-3"\n';
    const { sign, manifest } = await workshop(dir.path, head + governance);
    expect((await sign("alice")).stdout).toContain("signed by 1 of 3, 2 needed");
    const { outdated } = JSON.parse((await sign("bob", "--json")).stdout);
    expect(outdated).toEqual([]);
    expect(await manifest()).toContain('threshold = "2-of-3"');
  });

  it.each([
    ["a name that has another key", ["--name", "alice"], "listed with another key"],
    ["a threshold above M", ["--threshold", "3"], "a threshold of 3 for 2"],
    ["a key under a second name", ["--with", "carol=BOB"], "listed as that of bob"],
    ["a key that is none", ["--with", `carol=02${"0".repeat(63)}5`], "no point of the curve"],
  ])("refuses %s and leaves the manifest alone", async (_, flags, word) => {
    await using dir = await tempDir();
    const { bob, sign, manifest } = await workshop(dir.path);
    await sign("alice");
    const before = await manifest();
    const { code, stderr } = await sign("bob", ...flags.map((flag) => flag.replace("BOB", bob)));
    expect(code).toBe(1);
    expect(stderr).toContain(word);
    expect(await manifest()).toBe(before);
  });

  it("refuses a manifest that it can't change without touching the rest", async () => {
    await using dir = await tempDir();
    const inline = `${head}binary = { hash = "${"00".repeat(31)}01" }\n`;
    const { sign, manifest } = await workshop(dir.path, inline);
    const { code, stderr } = await sign("alice");
    expect([code, await manifest()]).toEqual([1, inline]);
    expect(stderr).toContain("was left as it is");
  });

  it.each([
    ["a file that others may read", 0o644, "11".repeat(32), "run chmod 600"],
    ["a file without a key", 0o600, "no key", "found no private key"],
    ["zero", 0o600, "00".repeat(32), "found no private key"],
    ["a long file", 0o600, "11".repeat(5000), "found no private key"],
  ])("does not take %s for a private key, and does not show it", async (_, mode, text, word) => {
    await using dir = await tempDir();
    const { at } = await workshop(dir.path);
    await writeFile(at("odd.key"), text);
    await chmod(at("odd.key"), mode);
    const { code, stderr } = await runCommand([
      "modules",
      "sign",
      at("probe"),
      "--key",
      at("odd.key"),
      "--name",
      "a",
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(word);
    expect(stderr).not.toContain(text);
  });

  it("names what it looked for when there is no code", async () => {
    await using dir = await tempDir();
    const { at, sign } = await workshop(dir.path, head.replace("main.js", "absent"));
    const { code, stderr } = await sign("alice");
    expect(code).toBe(1);
    expect(stderr).toContain(at("probe/target/release/absent.js"));
  });
});

describe("modules verify", () => {
  it("tells of each signer whether the signature is valid and trusted", async () => {
    await using dir = await tempDir();
    const { at, alice, bob, sign, verify } = await workshop(dir.path);
    await sign("alice", "--with", `bob=${bob}`);
    const { code, stdout } = await verify("--trust", `boss=${alice}`, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      name: "probe",
      kind: "file",
      binary: true,
      signers: [
        { name: "alice", public_key: alice, trusted_as: "boss", signature: "valid", problem: null },
        { name: "bob", public_key: bob, trusted_as: null, signature: "missing" },
      ],
      required: 1,
      got: 1,
      verdict: "may run",
      refusal: null,
    });
    await writeFile(at("probe/main.js"), "// othe");
    const changed = await verify("--trust", `boss=${alice}`);
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(/^alice +as boss +0[23][0-9a-f]{64} +invalid: made for another text/m);
    expect(changed.stdout).toMatch(/^bob +no +0[23][0-9a-f]{64} +missing$/m);
    expect(changed.stdout).toContain("verdict: refused, HASH_MISMATCH");
    expect(changed.stderr).toContain("binary.hash says");
  });

  it("takes trust and the need for signatures from the configuration", async () => {
    await using dir = await tempDir();
    const { at, alice, bob, sign, verify } = await workshop(dir.path);
    const config = at("host.toml");
    const write = (text: string) => writeFile(config, `[modules]\n${text}`);
    await write("");
    const unsigned = await verify("--config", config);
    expect([unsigned.code, unsigned.stdout]).toEqual([
      0,
      expect.stringContaining("warning: module probe is not signed"),
    ]);
    expect((await verify("--config", config, "--require-signatures")).code).toBe(1);
    await write("require_signatures = true\n");
    expect((await verify("--config", config)).stderr).toContain("carries no signature");
    await sign("alice");
    expect((await verify("--config", config)).stderr).toContain("nobody is trusted yet");
    await write(`require_signatures = true\ntrust = { maintainers = { alice = "${alice}" } }\n`);
    expect((await verify("--config", config)).code).toBe(0);
    await write(`trust = { maintainers = { bob = "${bob}" } }\n`);
    expect((await verify("--config", config)).stdout).toContain("refused, NOT_ENOUGH_SIGNATURES");
  });

  it("refuses an unsigned module when it is told whom to trust", async () => {
    await using dir = await tempDir();
    const { alice, verify } = await workshop(dir.path);
    const { code, stdout } = await verify("--trust", `alice=${alice}`);
    expect([code, stdout]).toEqual([1, expect.stringContaining("refused, UNSIGNED_MODULE")]);
  });

  it("exits with 2 when its flags make no sense", async () => {
    const wrong = [
      ["--trust", "alice"],
      ["--trust", "=02"],
      ["--trust", "a=1", "--trust", "a=2"],
      ["--threshold", "0"],
      ["--trust", "a=1", "--config", "x.toml"],
    ];
    for (const flags of wrong) {
      const { code, stdout } = await runCommand(["modules", "verify", "probe", ...flags]);
      expect([flags, code, stdout]).toEqual([flags, 2, ""]);
    }
  });
});
