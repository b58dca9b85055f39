/** Work that is done once for all who ask for it while it is under way. */
export class SharedWork<Key> {
  readonly #work: (key: Key) => Promise<void>;
  readonly #underWay = new Map<Key, Promise<void>>();

  constructor(work: (key: Key) => Promise<void>) {
    this.#work = work;
  }

  share(key: Key): Promise<void> {
    let done = this.#underWay.get(key);
    if (done === undefined) {
      done = this.#work(key).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, done);
    }
    return done;
  }
}
