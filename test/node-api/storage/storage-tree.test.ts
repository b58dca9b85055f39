import { describe, expect, it } from "vitest";
import { ModuleIntegration } from "../../../src/sdk/index.js";
import { startTestHost, type TestHost } from "../../../src/testing/index.js";
import { bytes } from "./start-storage.js";

async function connect(host: TestHost): Promise<ModuleIntegration> {
  return ModuleIntegration.connect(
    await host.door("keeper", { capabilities: ["read_storage", "write_storage", "manage_storage"] }),
  );
}

const text = (value: Uint8Array | undefined) => value && Buffer.from(value).toString();

describe("a module's storage over its connection", () => {
  it("keeps what was put for the module's next life", async () => {
    await using host = await startTestHost();
    {
      await using module = await connect(host);
      expect(await module.nodeApi.storageCreateTree("notes")).toBe(true);
      await module.nodeApi.storagePut("notes", bytes("one"), bytes("first"));
      await module.nodeApi.storageBatch("notes", [
        ["put", bytes("two"), bytes("second")],
        ["delete", bytes("none")],
      ]);
    }
    await using module = await connect(host);
    expect(text(await module.nodeApi.storageGet("notes", bytes("one")))).toBe("first");
    expect(await module.nodeApi.storageGet("notes", bytes("none"))).toBeUndefined();
    expect(await module.nodeApi.storageDelete("notes", bytes("two"))).toBe(true);
    expect(await module.nodeApi.storageListTrees()).toEqual(["notes"]);
    expect(await module.nodeApi.storageQuota()).toMatchObject({ used_bytes: 8 });
    const page = await module.nodeApi.storageIterate("notes", { limit: 10 });
    expect(page.map((entry) => entry.map(text))).toEqual([["one", "first"]]);
    await expect(module.nodeApi.storageGet("other", bytes("one"))).rejects.toMatchObject({
      code: "UNKNOWN_TREE",
    });
  });

  it("is a tree whose entries are fetched page by page", async () => {
    await using host = await startTestHost();
    await using module = await connect(host);
    const tree = await module.storage.openTree("blocks");
    const key = (height: number) => {
      const bytesOfHeight = Buffer.alloc(4);
      bytesOfHeight.writeUInt32BE(height);
      return bytesOfHeight;
    };
    for (let first = 0; first < 2500; first += 500) {
      const heights = Array.from({ length: 500 }, (_, n) => first + n);
      await tree.batch(heights.map((height) => ["put", key(height), bytes(String(height))] as const));
    }
    const seen: string[] = [];
    for await (const [, value] of tree.entries()) seen.push(text(value) as string);
    expect(seen).toEqual(Array.from({ length: 2500 }, (_, height) => String(height)));
    const some: string[] = [];
    for await (const [, value] of module.storage
      .tree("blocks")
      .entries({ after: key(1000), prefix: Uint8Array.of(0, 0, 4) })) {
      some.push(text(value) as string);
    }
    expect(some).toEqual(Array.from({ length: 256 }, (_, n) => String(1024 + n)));
    expect(await tree.delete(key(0))).toBe(true);
    expect(await tree.get(key(0))).toBeUndefined();
    expect(text(await tree.get(key(1)))).toBe("1");
  });
});
