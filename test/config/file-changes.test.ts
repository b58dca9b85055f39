import { mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NEVER } from "rxjs";
import { TestScheduler } from "rxjs/testing";
import { describe, expect, it } from "vitest";
import { monotonicScheduler } from "../../src/clock.js";
import { fileChanges } from "../../src/config/file-changes.js";
import { until } from "../kit/host-until.js";
import { type TempDir, tempDir } from "../kit/process-temp-dir.js";

interface Row {
  /** What a look finds from then on. */
  readonly states: string;
  /** What the system reports of the folder. */
  readonly reports?: string;
  readonly expected: string;
  readonly unsubscribed: string;
}

/** A rest of 200 ms, a look every 1,000 ms. */
function run({ states, reports, expected, unsubscribed }: Row) {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
  scheduler.run(({ hot, expectObservable }) => {
    let state = states.trim().slice(0, 1);
    hot(states).subscribe((next) => {
      state = next;
    });
    const changes$ = fileChanges(
      "file",
      { scheduler, look: () => [state], folderEvents$: reports === undefined ? NEVER : hot(reports) },
      { restMs: 200, pollMs: 1000 },
    );
    expectObservable(changes$, unsubscribed).toBe(expected, { c: undefined });
  });
}

describe("fileChanges", () => {
  it("emits once for the state in which the file is found", () =>
    run({ states: "a", expected: "200ms c", unsubscribed: "5s !" }));

  it("emits when a reported change has rested", () =>
    run({
      states: "   a 499ms b",
      reports: "  - 499ms r",
      expected: " 200ms c 499ms c",
      unsubscribed: "2s !",
    }));

  it("finds a change that nobody reported at its next look", () =>
    run({ states: "a 499ms b", expected: "200ms c 999ms c", unsubscribed: "3s !" }));

  it("emits once for changes that follow one another, after the last", () =>
    run({
      states: "   a 499ms b 99ms c 99ms d 99ms e",
      reports: "  - 499ms r 99ms r 99ms r 99ms r",
      expected: " 200ms c 799ms c",
      unsubscribed: "3s !",
    }));

  it("emits nothing for reports about other files of the folder", () =>
    run({
      states: "   a",
      reports: "  - 299ms r 9ms r 300ms r 9ms r",
      expected: " 200ms c",
      unsubscribed: "3s !",
    }));

  it("looks at most every 50 ms however much is reported", () => {
    const scheduler = new TestScheduler(() => {});
    let looks = 0;
    scheduler.run(({ hot }) => {
      const look = () => {
        looks++;
        return ["a"];
      };
      const folderEvents$ = hot(`${"r".repeat(500)}`);
      const watching = fileChanges(
        "file",
        { scheduler, look, folderEvents$ },
        { restMs: 200, pollMs: 1000 },
      ).subscribe();
      scheduler.schedule(() => watching.unsubscribe(), 999);
    });
    expect(looks).toBeGreaterThan(5);
    expect(looks).toBeLessThanOrEqual(12);
  });
});

describe("fileChanges on a real file", () => {
  async function watched(path: (dir: TempDir) => string = (dir) => join(dir.path, "file")) {
    const dir = await tempDir();
    const file = path(dir);
    await writeFile(file, "1");
    let emissions = 0;
    const watching = fileChanges(
      file,
      { scheduler: monotonicScheduler },
      { restMs: 50, pollMs: 300 },
    ).subscribe(() => {
      emissions++;
    });
    await until("the first state is reported", () => emissions === 1);
    return {
      dir,
      file,
      async changes(change: () => Promise<unknown>) {
        const before = emissions;
        await change();
        await until("the change is reported", () => emissions > before);
      },
      async [Symbol.asyncDispose]() {
        watching.unsubscribe();
        await dir[Symbol.asyncDispose]();
      },
    };
  }

  it("sees it rewritten with the same length, replaced, touched, removed and made anew", async () => {
    await using it = await watched();
    const { file } = it;
    await it.changes(() => writeFile(file, "2"));
    await it.changes(async () => {
      await writeFile(`${file}.new`, "3");
      await rename(`${file}.new`, file);
    });
    await it.changes(() => utimes(file, 1, 1));
    await it.changes(() => rm(file));
    await it.changes(() => writeFile(file, "3"));
  });

  it("sees its folder replaced, and the target of a link exchanged", async () => {
    await using it = await watched();
    const { dir, file } = it;
    await it.changes(() => rm(dir.path, { recursive: true }));
    await it.changes(async () => {
      await mkdir(dir.path);
      await writeFile(file, "1");
    });
    await it.changes(async () => {
      await mkdir(join(dir.path, "v2"));
      await writeFile(join(dir.path, "v2", "file"), "2");
      await rm(file);
      await symlink(join("v2", "file"), file);
    });
    await it.changes(() => writeFile(join(dir.path, "v2", "file"), "33"));
  });
});
