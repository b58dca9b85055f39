import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost } from "../../src/testing/index.js";

describe("a module's files through its node", () => {
  it("are served to each of their requests over a real door", async () => {
    await using host = await startTestHost();
    const door = await host.door("probe", {
      capabilities: ["read_filesystem", "write_filesystem", "manage_filesystem"],
    });
    await using module = await ModuleIntegration.connect(door);
    const { nodeApi } = module;
    const content = Buffer.alloc(5 * 1024 * 1024, "content");

    expect(await nodeApi.createDirectory("a/b")).toBe(true);
    expect(await nodeApi.writeFile("a/b/file", content)).toBe(true);
    expect(content.equals(await nodeApi.readFile("a/b/file"))).toBe(true);
    expect(await nodeApi.listDirectory("")).toEqual(["a"]);
    expect(await nodeApi.listDirectory("a/b")).toEqual(["file"]);
    const metadata = await nodeApi.getFileMetadata("a/b/file");
    expect(metadata).toMatchObject({
      path: "a/b/file",
      size: content.length,
      is_file: true,
      is_directory: false,
    });
    expect(Math.abs((metadata.modified ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    const quota = await nodeApi.filesystemQuota();
    expect(quota).toMatchObject({ used_inodes: 3, limit_bytes: 1024 ** 3, limit_inodes: 10_000 });
    expect(quota.used_bytes).toBeGreaterThanOrEqual(content.length);
    expect(await nodeApi.deleteFile("a/b/file")).toBe(true);
    expect(await nodeApi.deleteFile("a/b/file")).toBe(false);

    const dataDir = door.env.DATA_DIR as string;
    await writeFile(join(dataDir, "..", "neighbour"), "secret");
    await symlink(join(dataDir, "..", "neighbour"), join(dataDir, "link"));
    await expect(nodeApi.readFile("link")).rejects.toMatchObject({ code: "SYMLINK_REFUSED" });
    await expect(nodeApi.readFile("../neighbour")).rejects.toMatchObject({ code: "BAD_PATH" });
    await expect(nodeApi.readFile("a/b/file")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });

  it("are each module's own", async () => {
    await using host = await startTestHost();
    const capabilities = ["read_filesystem", "write_filesystem"] as const;
    await using one = await ModuleIntegration.connect(await host.door("one", { capabilities }));
    await using two = await ModuleIntegration.connect(await host.door("two", { capabilities }));
    await one.nodeApi.writeFile("file", Buffer.from("of one"));
    expect(await two.nodeApi.listDirectory("")).toEqual([]);
    await expect(two.nodeApi.readFile("../one/file")).rejects.toMatchObject({ code: "BAD_PATH" });
    await two.nodeApi.writeFile("file", Buffer.from("of two"));
    expect(Buffer.from(await one.nodeApi.readFile("file")).toString()).toBe("of one");
  });

  it("that are large may be asked for many at a time", async () => {
    await using host = await startTestHost();
    const capabilities = ["read_filesystem"] as const;
    const door = await host.door("probe", { capabilities });
    const content = Buffer.alloc(24 * 1024 * 1024, "large");
    await writeFile(join(door.env.DATA_DIR as string, "large"), content);
    await using module = await ModuleIntegration.connect(door);
    const read = await Promise.all(Array.from({ length: 6 }, () => module.nodeApi.readFile("large")));
    for (const bytes of read) expect(content.equals(bytes)).toBe(true);
  });
});
