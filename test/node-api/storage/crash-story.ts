import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { openLevelMap } from "../../../src/node-api/storage/level-map.js";
import { TreeStore } from "../../../src/node-api/storage/tree-store.js";
import type { StorageOperation } from "../../../src/requests/index.js";
import { distUrl } from "../../kit/process-dist.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { rawEntryCount } from "./raw-entries.js";
import { TreeOracle } from "./tree-oracle.js";

const SCRIPT = fileURLToPath(new URL("./crash-writer.mjs", import.meta.url));
const TREES = ["a", "b", "c"];
/** More than any life reaches. */
const STEPS = 60;
/** Steps that a writer has under way at a time. */
const AT_ONCE = 3;

type PackedOperation =
  | readonly ["put", key: string, valueBytes: number, fill: number]
  | readonly ["delete", key: string];

interface Step {
  readonly kind: "create" | "drop" | "apply";
  readonly tree: string;
  readonly ops: readonly PackedOperation[];
}

/** A generator of whole numbers below a bound (mulberry32): the same seed draws the same. */
function draws(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** What a writer is to do next, given which trees there will be. */
function drawSteps(draw: (bound: number) => number, standing: ReadonlySet<string>): Step[] {
  const trees = new Set(standing);
  return Array.from({ length: STEPS }, () => {
    const tree = TREES[draw(TREES.length)] as string;
    if (!trees.has(tree)) {
      trees.add(tree);
      return { kind: "create", tree, ops: [] };
    }
    if (draw(12) === 0) {
      trees.delete(tree);
      return { kind: "drop", tree, ops: [] };
    }
    const ops = Array.from({ length: 1 + draw(30) }, (): PackedOperation => {
      const key = draw(64)
        .toString(16)
        .padStart(2, "0")
        .repeat(1 + draw(2));
      if (draw(3) === 0) return ["delete", key];
      // Now and then enough for the store to change its files.
      return ["put", key, draw(40) === 0 ? 100_000 + draw(100_000) : draw(50), draw(256)];
    });
    return { kind: "apply", tree, ops };
  });
}

function unpack(op: PackedOperation): StorageOperation {
  const key = Buffer.from(op[1], "hex");
  return op[0] === "put" ? ["put", key, Buffer.alloc(op[2], op[3])] : ["delete", key];
}

function play(oracle: TreeOracle, { kind, tree, ops }: Step): void {
  if (kind === "create") oracle.trees.set(tree, new Map());
  else if (kind === "drop") oracle.trees.delete(tree);
  else oracle.apply(tree, ops.map(unpack), Number.MAX_SAFE_INTEGER);
}

function textOf(oracle: TreeOracle): string {
  return [...oracle.trees.keys()]
    .sort()
    .map((tree) => `${tree}: ${[...(oracle.trees.get(tree) ?? [])].map(shortText).sort().join(" ")}`)
    .join("\n");
}

/** Long values are told by their digest. */
function shortText([key, value]: readonly [string, Uint8Array]): string {
  const told = value.length < 100 ? value : createHash("sha256").update(value).digest();
  return `${key}=${value.length}:${Buffer.from(told).toString("latin1")}`;
}

/** What lies on disk, and what the store says it has. */
async function look(folder: string): Promise<{ held: TreeOracle; usedBytes: number }> {
  const store = await TreeStore.open(await openLevelMap(folder));
  const held = new TreeOracle();
  for (const tree of store.treeNames) {
    const page = await store.entries(tree, {}, { entries: 10_000, bytes: Number.POSITIVE_INFINITY });
    held.trees.set(tree, new Map(page.map(([key, value]) => [Buffer.from(key).toString("hex"), value])));
  }
  const { usedBytes } = store;
  await store.close();
  return { held, usedBytes };
}

class Writer {
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  #output = "";
  #onOutput = () => {};

  constructor(folder: string) {
    const urls = ["level-map.js", "tree-store.js"].map((file) => distUrl(`node-api/storage/${file}`));
    this.#child = spawn(process.execPath, [SCRIPT, ...urls, folder], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
      this.#onOutput();
    });
    this.#ready = this.#printed(1);
    // One that is killed before its turn was never waited for.
    this.#ready.catch(() => {});
  }

  /** Lets it work and kills it `delayUs` after its `answers`-th answer. @returns how many steps were answered */
  async liveAndDie(steps: readonly Step[], answers: number, delayUs: number): Promise<number> {
    await this.#ready;
    this.#child.stdin?.write(`${JSON.stringify(steps)}\n`);
    await this.#printed(1 + answers);
    const untilMs = performance.now() + delayUs / 1000;
    while (performance.now() < untilMs);
    this.#child.kill("SIGKILL");
    await once(this.#child, "close");
    return this.#output.split("\n").length - 2;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
  }

  #printed(lines: number): Promise<void> {
    const isDone = () => this.#output.split("\n").length > lines;
    return new Promise((resolve, reject) => {
      this.#onOutput = () => {
        if (isDone()) resolve();
      };
      this.#onOutput();
      this.#child.once("close", () => reject(new Error(`the writer ended early: ${this.#output}`)));
    });
  }
}

/**
 * Kills a process that writes to one store, life after life, at random points from its opening on. After each: every
 * step that was answered is there, of those under way a beginning, each whole; and the quota equals a recount.
 */
export async function tellCrashStory(
  seed: number,
  lives: number,
  onLife = (_life: number) => {},
): Promise<void> {
  await using dir = await tempDir();
  const folder = join(dir.path, "store");
  const draw = draws(seed);
  let oracle = new TreeOracle();
  let next = new Writer(folder);
  try {
    for (let life = 0; life < lives; life++) {
      const writer = next;
      const steps = drawSteps(draw, new Set(oracle.trees.keys()));
      const isDuringOpening = draw(5) === 0;
      const answers = isDuringOpening ? 0 : draw(STEPS / 2);
      const answered = await writer.liveAndDie(steps, answers, draw(isDuringOpening ? 15_000 : 3000));
      // It loads while the last one's store is looked at.
      next = new Writer(folder);
      next = new Writer(folder);
      const { held, usedBytes } = await look(folder);
      const what = `seed ${seed}, life ${life}, ${answered} steps answered`;
      expect(usedBytes, what).toBe(held.usedBytes);
      for (const step of steps.slice(0, answered)) play(oracle, step);
      const found = textOf(held);
      for (const step of steps.slice(answered, answered + AT_ONCE)) {
        if (textOf(oracle) === found) break;
        play(oracle, step);
      }
      expect(textOf(oracle) === found, `${what}: the store holds every answered step and none in part`).toBe(
        true,
      );
      oracle = held;
      onLife(life + 1);
    }
    const store = await TreeStore.open(await openLevelMap(folder));
    // Waits behind the removal of what deleted trees left.
    await store.createTree("last", 4);
    await store.close();
    const standing = [...oracle.trees.values()].reduce((sum, { size }) => sum + size, 0);
    expect(await rawEntryCount(folder)).toBe(standing);
  } finally {
    await next.kill();
  }
}
