export type LabelSet = Readonly<Record<string, string>>;

/**
 * Label sets that are made once and then found by identity: prom-client keeps the text of a label set that it has
 * seen, and a scrape of 600 module and event type pairs then formats numbers only.
 */
export class LabelSets {
  readonly #sets = new Map<string, LabelSet>();

  of(names: readonly string[], values: readonly string[]): LabelSet {
    const key = `${names.join("\0")}\0\0${values.join("\0")}`;
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    const made = Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
    this.#sets.set(key, made);
    return made;
  }
}
