export type LabelSet = Readonly<Record<string, string>>;

/**
 * Label sets that are made once and then found by identity: prom-client keeps the text of a label set that it has
 * seen, and a scrape of 600 module and event type pairs then formats numbers only.
 */
export class LabelSets {
  readonly #sets = new Map<readonly string[], Map<string, LabelSet>>();

  /** `names` is looked up by identity: callers pass a list that lives on, such as the catalogue's. */
  of(names: readonly string[], values: readonly string[]): LabelSet {
    let sets = this.#sets.get(names);
    if (sets === undefined) {
      sets = new Map();
      this.#sets.set(names, sets);
    }
    const key = values.join("\0");
    const known = sets.get(key);
    if (known !== undefined) return known;
    const made = Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
    sets.set(key, made);
    return made;
  }
}
