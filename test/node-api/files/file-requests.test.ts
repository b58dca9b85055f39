import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { startFileScene } from "./file-scene.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("the files of a module", () => {
  it("are written with the folders above them, for the user alone, and read as they were written", async () => {
    await using scene = await startFileScene();
    expect(await scene.ask("WriteFile", { path: "a/b/file", data: bytes("one") })).toBe(true);
    expect(await scene.ask("WriteFile", { path: "a/b/file", data: bytes("two") })).toBe(false);
    expect(await readFile(scene.at("a/b/file"), "utf8")).toBe("two");
    expect(await scene.ask("ReadFile", { path: "a/b/file" })).toEqual(Buffer.from("two"));
    expect((await stat(scene.at("a/b/file"))).mode & 0o777).toBe(0o600);
    expect((await stat(scene.at("a/b"))).mode & 0o777).toBe(0o700);
    expect(await readdir(scene.at("a/b"))).toEqual(["file"]);
  });

  it("are empty, or long, or written where somebody else's content was", async () => {
    await using scene = await startFileScene();
    const long = Buffer.alloc(5_000_000, "long ");
    for (const data of [Buffer.alloc(0), long, bytes("short")]) {
      await scene.ask("WriteFile", { path: "file", data });
      expect(Buffer.compare((await scene.ask("ReadFile", { path: "file" })) as Buffer, data)).toBe(0);
    }
  });

  it("are deleted once, and directories never", async () => {
    await using scene = await startFileScene();
    await scene.ask("WriteFile", { path: "a/file", data: bytes("x") });
    expect(await scene.ask("DeleteFile", { path: "a/file" })).toBe(true);
    expect(await scene.ask("DeleteFile", { path: "a/file" })).toBe(false);
    expect(await scene.ask("DeleteFile", { path: "nowhere/file" })).toBe(false);
    expect(await scene.codeOf("DeleteFile", { path: "a" })).toBe("NOT_REGULAR");
    expect(await readdir(scene.root)).toEqual(["a"]);
  });

  it("are listed by name in order, without what is no text and what is the node's own", async () => {
    await using scene = await startFileScene();
    for (const name of ["b", "a", "ü", ".hidden", ".blvm-write-0123456789abcdef"])
      await writeFile(scene.at(name), "");
    await writeFile(Buffer.concat([Buffer.from(scene.at("x")), Buffer.from([0xff])]), "");
    await mkdir(scene.at(".storage"));
    await mkdir(scene.at("c", ".storage"), { recursive: true });
    expect(await scene.ask("ListDirectory", { path: "" })).toEqual([".hidden", "a", "b", "c", "ü"]);
    expect(await scene.ask("ListDirectory", { path: "c" })).toEqual([".storage"]);
    expect(await scene.codeOf("ListDirectory", { path: "a" })).toBe("NOT_REGULAR");
    expect(await scene.codeOf("ListDirectory", { path: "d" })).toBe("FILE_NOT_FOUND");
  });

  it("lie in directories that are made with those above them", async () => {
    await using scene = await startFileScene();
    expect(await scene.ask("CreateDirectory", { path: "a/b/c" })).toBe(true);
    expect(await scene.ask("CreateDirectory", { path: "a/b/c" })).toBe(false);
    expect((await stat(scene.at("a/b/c"))).isDirectory()).toBe(true);
    await writeFile(scene.at("file"), "");
    expect(await scene.codeOf("CreateDirectory", { path: "file" })).toBe("NOT_REGULAR");
    expect(await scene.codeOf("CreateDirectory", { path: "file/a" })).toBe("NOT_REGULAR");
  });

  it("are described by size and times", async () => {
    await using scene = await startFileScene();
    await scene.ask("WriteFile", { path: "a/file", data: bytes("four") });
    const { mtimeMs } = await stat(scene.at("a/file"));
    expect(await scene.ask("GetFileMetadata", { path: "a/file" })).toMatchObject({
      path: "a/file",
      size: 4,
      is_file: true,
      is_directory: false,
      modified: Math.floor(mtimeMs / 1000),
    });
    expect(await scene.ask("GetFileMetadata", { path: "a" })).toMatchObject({
      is_directory: true,
      is_file: false,
    });
    expect(await scene.ask("GetFileMetadata", { path: "" })).toMatchObject({ path: "", is_directory: true });
    expect(await scene.codeOf("GetFileMetadata", { path: "b" })).toBe("FILE_NOT_FOUND");
  });

  it("are whole when many are written to one path at a time, and the last one stays", async () => {
    await using scene = await startFileScene();
    const writes = Array.from({ length: 20 }, (_, n) =>
      scene.ask("WriteFile", { path: "file", data: Buffer.alloc(100_000, n) }),
    );
    const seen: unknown[] = [];
    const reading = (async () => {
      for (let n = 0; n < 20; n++) seen.push(await scene.codeOf("ReadFile", { path: "file" }));
    })();
    expect((await Promise.all(writes)).filter((isNew) => isNew)).toEqual([true]);
    await reading;
    for (const content of seen) {
      if (content === "FILE_NOT_FOUND") continue;
      const [first] = content as Buffer;
      expect((content as Buffer).equals(Buffer.alloc(100_000, first))).toBe(true);
    }
    expect((await readFile(scene.at("file")))[0]).toBe(19);
    expect(await readdir(scene.root)).toEqual(["file"]);
  });
});
