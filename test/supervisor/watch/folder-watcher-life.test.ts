import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { OpenWatch } from "../../../src/supervisor/watch/directory-watches.js";
import { until } from "../../kit/host-until.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { inotifyWatches, installPlain, watchScene } from "./watch-scene.js";

/** A system that has no watches left after the first `count`. */
function scarceWatches(count: number, code: string) {
  const open = new Set<string>();
  const hints = new Map<string, (name: string | undefined) => void>();
  const openWatch: OpenWatch = (directory, onHint) => {
    if (open.size >= count) throw Object.assign(new Error(`${code}: too many`), { code });
    open.add(directory);
    hints.set(directory, onHint);
    return { close: () => open.delete(directory) };
  };
  return { openWatch, open, hints };
}

describe("FolderWatcher", () => {
  it.each([
    [0, "ENOSPC"],
    [3, "EMFILE"],
  ])(
    "looks every two seconds when the system refuses its watch %i with %s, and says what to do",
    async (count, code) => {
      const clock = virtualClock();
      const system = scarceWatches(count, code);
      await using scene = await watchScene({ scheduler: clock.scheduler, openWatch: system.openWatch });
      await Promise.all([scene.install("alpha"), scene.install("beta")]);
      await scene.watcher.start();
      expect(system.open.size).toBe(0);
      expect(scene.log.lines).toEqual([
        {
          level: "warn",
          fields: { code },
          message: expect.stringMatching(/looked at every 2 s instead: raise fs\.inotify\.max_user_watches/),
        },
      ]);
      await Promise.all([scene.install("alpha", "// second"), scene.install("gamma")]);
      clock.advanceMs(1999);
      expect(scene.told).toEqual([]);
      await until("both are told", () => {
        clock.advanceMs(100);
        return scene.told.length === 2;
      });
      expect([...scene.told].sort()).toEqual(["appeared gamma", "changed alpha"]);
      expect(system.open.size).toBe(0);
    },
  );

  it("finds within half a minute what the system did not tell", async () => {
    const clock = virtualClock();
    const system = scarceWatches(1000, "none");
    await using scene = await watchScene({ scheduler: clock.scheduler, openWatch: system.openWatch });
    await scene.install("alpha");
    await scene.watcher.start();
    await scene.install("alpha", "// second");
    clock.advanceMs(29_999);
    expect(scene.told).toEqual([]);
    await until("it is told", () => {
      clock.advanceMs(10);
      return scene.told.length === 1;
    });
    expect(scene.told).toEqual(["changed alpha"]);
  });

  it("looks at everything when a note doesn't name its file", async () => {
    const clock = virtualClock();
    const system = scarceWatches(1000, "none");
    await using scene = await watchScene({ scheduler: clock.scheduler, openWatch: system.openWatch });
    await scene.install("alpha");
    await scene.watcher.start();
    await scene.install("alpha", "// second");
    clock.advanceMs(100);
    system.hints.get(scene.modules)?.(undefined);
    await until("it is told", () => {
      clock.advanceMs(10);
      return scene.told.length === 1;
    });
    expect(clock.nowMs).toBeLessThan(30_000);
  });

  it("leaves no watch, no timer and no callback behind when it is closed in the middle of a change", async () => {
    const before = await inotifyWatches();
    const clock = virtualClock();
    await using scene = await watchScene({ scheduler: clock.scheduler });
    await Promise.all([scene.install("alpha"), scene.install("beta")]);
    await scene.watcher.start();
    expect(await inotifyWatches()).toBeGreaterThan(before);
    await Promise.all([scene.install("alpha", "// second"), scene.install("gamma")]);
    await Promise.all([scene.watcher.close(), scene.watcher.close()]);
    expect(await inotifyWatches()).toBe(before);
    clock.advanceMs(600_000);
    expect(clock.nowMs).toBe(600_000);
    expect(scene.told).toEqual([]);
  });

  it("can be closed while it starts", async () => {
    const before = await inotifyWatches();
    await using scene = await watchScene();
    await Promise.all([scene.install("alpha"), scene.install("beta")]);
    const starting = scene.watcher.start();
    await scene.watcher.close();
    await starting;
    expect(await inotifyWatches()).toBe(before);
  });

  it("gives back the watches of a module that is gone", async () => {
    await using scene = await watchScene();
    await scene.watcher.start();
    const before = await inotifyWatches();
    for (let round = 0; round < 3; round++) {
      await scene.install("alpha", `// ${round}`);
      await until("it appears", () => scene.told.length === 2 * round + 1);
      await rm(join(scene.modules, "alpha"), { recursive: true });
      await until("it goes", () => scene.told.length === 2 * round + 2);
    }
    await until("its watches are closed", async () => (await inotifyWatches()) === before);
  });

  it("neither follows links out of a module in circles nor waits for pipes", async () => {
    await using scene = await watchScene();
    const directory = await scene.install("alpha");
    await symlink("..", join(directory, "dist", "up"));
    await symlink(scene.modules, join(directory, "dist", "all"));
    await symlink("/dev/zero", join(directory, "dist", "zero.js"));
    await scene.watcher.start();
    await scene.install("alpha", "// second");
    await scene.hears("changed alpha");
  });

  it("says that it watches the first thousand modules only", async () => {
    await using scene = await watchScene({ openWatch: scarceWatches(0, "ENOSPC").openWatch });
    for (let n = 1000; n < 2001; n++) await mkdir(join(scene.modules, `m${n}`));
    await scene.watcher.start();
    expect(scene.log.messages().filter((text) => /after the first 1000/.test(text))).toHaveLength(1);
  });

  it("keeps to what it knows when the place of its folder is taken by a file", async () => {
    await using scene = await watchScene();
    await scene.install("alpha");
    await scene.watcher.start();
    await rm(scene.modules, { recursive: true });
    await writeFile(scene.modules, "no folder");
    await scene.hears("gone alpha");
    await rm(scene.modules);
    await installPlain(scene.modules, "alpha");
    await scene.hears("gone alpha", "appeared alpha");
  });
});
