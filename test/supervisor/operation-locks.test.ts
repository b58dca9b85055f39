import { describe, expect, it } from "vitest";
import { OperationLocks } from "../../src/supervisor/operation-locks.js";

/** An operation that goes on until it is told to end. */
function begin(locks: OperationLocks, names: readonly string[], operation: string) {
  let end = () => {};
  const running = locks.hold(
    names,
    operation,
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  return { running, end: () => end() };
}

describe("OperationLocks", () => {
  it("takes all modules of an operation or none", async () => {
    const locks = new OperationLocks();
    const load = begin(locks, ["b"], "load");
    await expect(begin(locks, ["a", "b"], "reload").running).rejects.toMatchObject({ code: "BUSY" });
    expect(locks.operationOn("a")).toBeUndefined();
    load.end();
    await load.running;
    expect(locks.operationOn("b")).toBeUndefined();
  });

  it("takes further modules for an operation that is under way, and gives them back with the others", async () => {
    const locks = new OperationLocks();
    const reload = begin(locks, ["a"], "reload");
    await Promise.resolve();
    locks.join("a", ["a", "b"]);
    expect(locks.heldWith("b")).toEqual(["a", "b"]);
    await expect(begin(locks, ["b"], "unload").running).rejects.toMatchObject({ code: "BUSY" });
    let isFree = false;
    const freed = locks.free("b").then(() => {
      isFree = true;
    });
    expect(isFree).toBe(false);
    reload.end();
    await Promise.all([reload.running, freed]);
    expect([locks.operationOn("a"), locks.operationOn("b")]).toEqual([undefined, undefined]);
  });

  it("takes none of them when one is another operation's", async () => {
    const locks = new OperationLocks();
    const reload = begin(locks, ["a"], "reload");
    const load = begin(locks, ["c"], "load");
    await Promise.resolve();
    expect(() => locks.join("a", ["b", "c"])).toThrow(expect.objectContaining({ code: "BUSY" }));
    expect(locks.heldWith("a")).toEqual(["a"]);
    expect(locks.operationOn("b")).toBeUndefined();
    reload.end();
    load.end();
    await Promise.all([reload.running, load.running]);
  });
});
