import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { missingOptionalPackages } from "../../scripts/setup/complete-lock.mjs";
import { isLockedTree } from "../../scripts/setup/locked-tree.mjs";

const foreign = { version: "1.0.0", optional: true, os: ["plan9"], cpu: [process.arch] };
const native = { version: "1.0.0", optional: true, os: [process.platform], cpu: [process.arch] };
const locked = {
  "": { version: "0.1.0" },
  "node_modules/rxjs": { version: "7.8.2" },
  "node_modules/tool-native": native,
  "node_modules/tool-foreign": foreign,
  "node_modules/only-for-foreign": { version: "2.0.0", optional: true },
};
const present = { "node_modules/rxjs": { version: "7.8.2" }, "node_modules/tool-native": native };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "setup-tree-"));
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: locked }));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function install(packages: object): void {
  writeFileSync(join(folder, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
}

describe("isLockedTree", () => {
  it("accepts a tree without the packages of other machines", () => {
    install(present);
    expect(isLockedTree(folder)).toBe(true);
  });

  it("refuses a tree that npm did not finish", () => {
    expect(isLockedTree(folder)).toBe(false);
  });

  it.each([
    ["another version", { ...present, "node_modules/rxjs": { version: "7.8.1" } }],
    ["a package less", { "node_modules/tool-native": native }],
    ["a package more", { ...present, "node_modules/left-over": { version: "1.0.0" } }],
    ["no native part for this machine", { "node_modules/rxjs": { version: "7.8.2" } }],
  ])("refuses a tree with %s", (_name, packages) => {
    install(packages);
    expect(isLockedTree(folder)).toBe(false);
  });
});

describe("package-lock.json", () => {
  it("holds every optional package, so that npm ci accepts it on any machine", () => {
    const lock = readFileSync(fileURLToPath(new URL("../../package-lock.json", import.meta.url)), "utf8");
    expect(missingOptionalPackages(JSON.parse(lock).packages).map(({ path }) => path)).toEqual([]);
  });
});

describe("missingOptionalPackages", () => {
  it("finds what npm left out and tells the system from the name", () => {
    const packages = {
      "node_modules/tool": {
        dev: true,
        optionalDependencies: {
          "@tool/linux-arm64-musl": "3.1.0",
          "@tool/darwin-x64": "3.1.0",
          "tool-here": "1.0.0",
        },
      },
      "node_modules/tool/node_modules/tool-here": { version: "1.0.0" },
    };
    expect(missingOptionalPackages(packages)).toEqual([
      {
        path: "node_modules/@tool/linux-arm64-musl",
        entry: { version: "3.1.0", cpu: ["arm64"], libc: ["musl"], os: ["linux"], dev: true, optional: true },
      },
      {
        path: "node_modules/@tool/darwin-x64",
        entry: { version: "3.1.0", cpu: ["x64"], os: ["darwin"], dev: true, optional: true },
      },
    ]);
  });

  it("finds a package that the parent's own parent provides", () => {
    const packages = {
      "node_modules/a/node_modules/b": { optionalDependencies: { "c-linux-x64": "1.0.0" } },
      "node_modules/c-linux-x64": { version: "1.0.0" },
    };
    expect(missingOptionalPackages(packages)).toEqual([]);
  });
});
