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
    expect(changes(native, await field.attack("static", { grants: { network: true } }))).toEqual({});
  });

  it("network_access opens TCP, UDP and names to a program in JavaScript", async () => {
    expect(changes(script, await field.attack("attacker.mjs", { grants: { network: true } }))).toEqual({});
  });

  it("spawn_processes opens processes but no namespaces to a program in C", async () => {
    expect(changes(native, await field.attack("static", { grants: { spawn: true } }))).toEqual({});
  });

  it("spawn_processes opens the programs that are bound in to a program in JavaScript", async () => {
    expect(changes(script, await field.attack("attacker.mjs", { grants: { spawn: true } }))).toEqual({});
  });
});

/** What ends otherwise with a grant than without. */
function changes(without: Outcomes, granted: Outcomes): Record<string, string | undefined> {
  return Object.fromEntries([...granted].filter(([name, outcome]) => without.get(name) !== outcome));
}
