import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compile, isBuilt } from "../../scripts/setup/compile.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const compileHere = fileURLToPath(new URL("../fixtures/setup/compile-here.mjs", import.meta.url));
const silent = { say: () => undefined };

let root: string;
const write = (file: string, text: string) => writeFileSync(join(root, file), text);
const read = (file: string) => readFileSync(join(root, file), "utf8");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "setup-compile-"));
  for (const folder of ["src/cli", "src/modules/example"]) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ["tsconfig.json", "src/tsconfig.json"]) cpSync(join(repository, file), join(root, file));
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  write("package.json", '{ "type": "module" }');
  write("src/part.ts", 'export const place = [import.meta.url, "import.meta.url"].join(" ");\n');
  write(
    "src/cli/main.ts",
    'import { place } from "../part.js";\nexport const name: string = "first";\nconsole.log(place);\n',
  );
  write("src/modules/example/module.toml", 'name = "example"\n');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe("compile", () => {
  it("fills dist with code and assets, and is then up to date", async () => {
    expect(isBuilt(root)).toBe(false);
    await compile(root, silent);
    expect(isBuilt(root)).toBe(true);

    expect(read("dist/cli/main.js")).toContain('"first"');
    expect(statSync(join(root, "dist/cli/main.js")).mode & 0o111).toBe(0o111);
    expect(read("dist/modules/example/module.toml")).toBe('name = "example"\n');
    expect(JSON.parse(read("dist/cli/main.js.map")).sources).toContain("../../src/cli/main.ts");
    expect(existsSync(join(root, "dist/tsconfig.json"))).toBe(false);

    // The command needs no other file of the build, and its parts know where they lay.
    const place = pathToFileURL(join(root, "dist/part.js")).href;
    rmSync(join(root, "dist/part.js"));
    const { stdout, stderr } = spawnSync(process.execPath, [join(root, "dist/cli/main.js")], {
      encoding: "utf8",
    });
    expect({ stdout, stderr }).toEqual({ stdout: `${place} import.meta.url\n`, stderr: "" });
  });

  it("shows the compiler's errors and keeps the old dist when there are any", async () => {
    await compile(root, silent);
    write("src/cli/main.ts", "export const name: string = 1;\n");
    const { status, stdout, stderr } = spawnSync(process.execPath, [compileHere, root], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("src/cli/main.ts(1,14): error TS2322");
    expect(read("dist/cli/main.js")).toContain('"first"');
    expect(isBuilt(root)).toBe(false);
  });

  it("drops what a killed build left and what the sources no longer hold", async () => {
    write("src/gone.ts", "export const gone = true;\n");
    await compile(root, silent);
    mkdirSync(join(root, "dist.next"));
    write("dist.next/half.js", "");
    rmSync(join(root, "src/gone.ts"));

    await compile(root, silent);
    expect(existsSync(join(root, "dist/gone.js"))).toBe(false);
    expect(existsSync(join(root, "dist/half.js"))).toBe(false);
    expect(existsSync(join(root, "dist.next"))).toBe(false);
    expect(existsSync(join(root, "dist.old"))).toBe(false);
  });
});
