import { stat } from "node:fs/promises";

const MAX_ANSWERS = 64;

/**
 * Remembers what was found out about files for as long as they are the same: same file, size and time of change.
 * Holds the 64 answers that were asked for last. An answer that fails is not remembered.
 */
export class FileAnswers<Answer> {
  readonly #held = new Map<string, Promise<Answer>>();

  async of(path: string, find: () => Promise<Answer>): Promise<Answer> {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    const key = [path, dev, ino, size, mtimeNs, ctimeNs].join("\n");
    const answer = this.#held.get(key) ?? find();
    this.#held.delete(key);
    this.#held.set(key, answer);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= MAX_ANSWERS) break;
      this.#held.delete(oldest);
    }
    try {
      return await answer;
    } catch (error) {
      if (this.#held.get(key) === answer) this.#held.delete(key);
      throw error;
    }
  }

  get size(): number {
    return this.#held.size;
  }
}
