import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fingerprint, readStamp, writeStamp } from "../../scripts/setup/stamp.mjs";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "setup-stamp-"));
  mkdirSync(join(root, "src/bus"), { recursive: true });
  writeFileSync(join(root, "src/a.ts"), "a");
  writeFileSync(join(root, "src/bus/b.ts"), "b");
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe("fingerprint", () => {
  const now = () => fingerprint(root, ["src", "tsconfig.json"]);

  it("stays the same when only a file's time changes", () => {
    const before = now();
    utimesSync(join(root, "src/a.ts"), 1, 1);
    expect(now()).toBe(before);
  });

  it.each([
    ["a file's content", () => writeFileSync(join(root, "src/a.ts"), "A")],
    ["a new file", () => writeFileSync(join(root, "src/bus/c.ts"), "")],
    ["a removed file", () => rmSync(join(root, "src/bus/b.ts"))],
    ["a file that was missing before", () => writeFileSync(join(root, "tsconfig.json"), "{}")],
    [
      "content that moves from one file to the next",
      () => {
        writeFileSync(join(root, "src/a.ts"), "");
        writeFileSync(join(root, "src/bus/b.ts"), "ab");
      },
    ],
  ])("changes with %s", (_name, change) => {
    const before = now();
    change();
    expect(now()).not.toBe(before);
  });

  it("changes with the salt", () => {
    expect(fingerprint(root, ["src"], "node 20")).not.toBe(fingerprint(root, ["src"], "node 22"));
  });
});

describe("writeStamp", () => {
  it("is read back and leaves no other file", () => {
    const file = join(root, "src/bus/.stamp");
    expect(readStamp(file)).toBeUndefined();
    writeStamp(file, "value");
    expect(readStamp(file)).toBe("value");
    expect(readdirSync(join(root, "src/bus"))).toEqual([".stamp", "b.ts"]);
  });
});
