import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleModule, createModule } from "../../src/scaffold/index.js";
import type { HostOutcome } from "../fixtures/sandbox/programs-host.js";
import { distUrl } from "../kit/process-dist.js";
import { hostUsers, type ProgramsWorld, programsWorld } from "../kit/sandbox-programs.js";
import { isMissing } from "../kit/tool.js";

const shipped = ["block-watcher", "mempool-stats"] as const;
const fine = ["created", "verified", "single", "indexed", "packaged", ...shipped] as const;

/** A module in plain JavaScript; `more` is what else it imports and tells. */
function source(sdk: string, imports = "", told = "{}"): string {
  return `import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineModule } from ${JSON.stringify(sdk)};
${imports}
defineModule({
  async setup(module) {
    module.onStop(() => writeFileSync(join(module.context.data_dir, "seen.json"), JSON.stringify(${told})));
    await module.subscribeEvents(["NewBlock"]);
  },
});
`;
}

describe.skipIf(isMissing("bwrap", "bubblewrap"))("a module's code in the sandbox", () => {
  let world: ProgramsWorld;
  beforeAll(async () => {
    world = await programsWorld();
    const { modulesDir } = world;
    const manifest = (name: string, entryPoint: string, more = "") =>
      world.write(
        `${name}/module.toml`,
        `name = "${name}"\nversion = "1.0.0"\nentry_point = "${entryPoint}"\ncapabilities = ["subscribe_events"]\n${more}`,
        0o600,
      );
    await createModule({ directory: join(modulesDir, "created"), name: "created" });

    // One bundle of a source in JavaScript, for every way in which code can lie.
    await manifest("verified", "main.mjs");
    await world.write(
      "verified/src/main.mjs",
      source("blvm-streams/sdk", "", "{ dirname: import.meta.dirname }"),
      0o644,
    );
    const { outFile } = await bundleModule({ directory: join(modulesDir, "verified") });
    const bundle = await readFile(outFile);
    await rm(join(modulesDir, "verified", "src"), { recursive: true });
    const hash = createHash("sha256").update(bundle).digest("hex");
    await manifest("verified", "main.mjs", `[binary]\nhash = "sha256:${hash}"\nsize = ${bundle.length}\n`);
    await manifest("single", "shared.mjs");
    await world.write("shared.mjs", bundle, 0o600);
    await manifest("indexed", "code");
    await world.write("indexed/code/index.js", bundle, 0o600);
    await world.write("indexed/package.json", '{ "type": "module" }', 0o600);

    const sdk = await readFile(fileURLToPath(distUrl("sdk/bundled.js")));
    for (const name of ["packaged", "above"]) {
      await manifest(name, "lib/main.mjs");
      await world.write(`${name}/lib/sdk.mjs`, sdk, 0o600);
    }
    const dependency = 'import { deep } from "deep";\nexport const told = { deep, url: import.meta.url };\n';
    await world.write("packaged/node_modules/near/index.mjs", dependency, 0o644);
    await world.write("packaged/node_modules/near/package.json", '{ "exports": "./index.mjs" }', 0o644);
    await world.write("packaged/node_modules/deep/package.json", '{ "exports": "./index.mjs" }', 0o644);
    await world.write("packaged/node_modules/deep/index.mjs", 'export const deep = "deep";\n', 0o644);
    await world.write(
      "packaged/lib/main.mjs",
      source("./sdk.mjs", 'import { told } from "near";', "told"),
      0o600,
    );
    await world.write("node_modules/upper/package.json", '{ "exports": "./index.mjs" }', 0o644);
    await world.write("node_modules/upper/index.mjs", "export const told = {};\n", 0o644);
    await world.write(
      "above/lib/main.mjs",
      source("./sdk.mjs", 'import { told } from "upper";', "told"),
      0o600,
    );

    for (const name of shipped) {
      await mkdir(join(modulesDir, name));
      await cp(fileURLToPath(distUrl(`modules/${name}`)), join(modulesDir, name), { recursive: true });
      await world.write(`${name}/package.json`, '{ "type": "module" }', 0o644);
    }
  }, 60_000);
  afterAll(() => world[Symbol.asyncDispose]());

  describe.each(hostUsers)("under a host run by %s", (user) => {
    let outcome: HostOutcome;
    beforeAll(async () => {
      outcome = await world.host(user, { load: [...fine, "above"] });
    }, 120_000);

    it.each(fine)("runs where all that it needs lies within: %s", (name) => {
      expect(outcome.modules[name]?.refusal, outcome.logged.join("\n")).toBeNull();
    });

    it("is a copy under a name that tells nothing of the host", () => {
      const { verified, single, indexed } = outcome.modules;
      expect(single?.seen).toEqual({ dirname: "/module" });
      for (const module of [verified, indexed]) expect(module?.seen).toEqual({ dirname: "/module/code" });
    });

    it("finds the packages in its own folder, and those find one another", () => {
      const url = "file:///packages/0/node_modules/near/index.mjs";
      expect(outcome.modules.packaged?.seen).toEqual({ deep: "deep", url });
    });

    it("finds none of the folders above, and its author is told what to do", () => {
      expect(outcome.modules.above?.refusal).toMatchObject({ code: "MODULE_START_FAILED" });
      expect(outcome.logged.join("\n")).toMatch(/it lacks a package: .* `blvm-streams modules bundle`/);
    });
  });
});
