import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TempDir } from "../../kit/process-temp-dir.js";
import {
  type Battlefield,
  battlefield,
  compileAttacker,
  hostKinds,
  type Outcomes,
} from "../../kit/sandbox-attack.js";
import { isMissing } from "../../kit/tool.js";

const lacksTools =
  isMissing("bwrap", "bubblewrap") || isMissing("setpriv", "util-linux") || isMissing("gcc", "gcc");

describe.skipIf(lacksTools)("what a grant opens and no more", () => {
  let programs: TempDir;
  let field: Battlefield;
  let native: Outcomes;
  let script: Outcomes;
  beforeAll(async () => {
    programs = await compileAttacker();
    field = await battlefield(hostKinds[0] ?? "unprivileged", programs);
    native = await field.attack("static");
    script = await field.attack("attacker.mjs");
  });
  afterAll(async () => {
    await field[Symbol.asyncDispose]();
    await programs[Symbol.asyncDispose]();
  });

  it("network_access opens TCP and UDP and the abstract sockets of the host to a program in C", async () => {
    expect(changes(native, await field.attack("static", { grants: { network: true } }))).toEqual({
      ...opened(
        "connect by TCP",
        "connect by TCP with flags",
        "connect by UDP",
        "make a TCP socket for IPv6",
        "make a UDP socket for IPv6",
        // The namespace of the network is that of abstract names too.
        "connect to an abstract socket of the host",
        "see the names of abstract sockets",
      ),
      // Of the internet's families, not of these kinds and protocols.
      "make a DCCP socket": "EPERM",
      "make an SCTP packet socket": "EPERM",
      "make an old packet socket": "EPERM",
      "make a raw socket": "EPERM",
      "make a raw socket for IPv6": "EPERM",
      "make a UDP-Lite socket": "EPROTONOSUPPORT",
      "make a multipath TCP socket": "EPROTONOSUPPORT",
      "make an ICMP socket": "EPROTONOSUPPORT",
      "make an SCTP socket": "EPROTONOSUPPORT",
    });
  });

  it("network_access opens TCP, UDP and names to a program in JavaScript", async () => {
    expect(changes(script, await field.attack("attacker.mjs", { grants: { network: true } }))).toEqual(
      opened(
        "connect by TCP",
        "connect by UDP",
        "fetch",
        "listen by TCP",
        "open a debugger of its own",
        "resolve a name by a server",
        "resolve a name by the system",
      ),
    );
  });

  it("spawn_processes opens processes but no namespaces to a program in C", async () => {
    expect(changes(native, await field.attack("static", { grants: { spawn: true } }))).toEqual(
      opened(
        "fork",
        "fork by number",
        "fork twice into a session of its own",
        "fork with bits above the flags",
        "make a sibling",
        "vfork",
      ),
    );
  });

  it("spawn_processes opens the programs that are bound in to a program in JavaScript", async () => {
    expect(changes(script, await field.attack("attacker.mjs", { grants: { spawn: true } }))).toEqual({
      ...opened("fork its own code", "run a program", "run a program and wait"),
      "run a shell": "ENOENT",
    });
  });
});

/** What ends otherwise with a grant than without. */
function changes(without: Outcomes, granted: Outcomes): Record<string, string | undefined> {
  return Object.fromEntries([...granted].filter(([name, outcome]) => without.get(name) !== outcome));
}

function opened(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, "done"]));
}
