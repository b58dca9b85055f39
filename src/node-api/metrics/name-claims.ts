export type ReportedType = "counter" | "gauge" | "histogram";

interface Claim {
  readonly type: ReportedType;
  readonly lines: readonly string[];
  readonly holders: Set<string>;
}

/** The names of the lines that a metric makes at /metrics. */
function lineNames(name: string, type: ReportedType): readonly string[] {
  return type === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

/**
 * Which names at /metrics are in use, and as what. Modules may share a name as long as it means the same type; each
 * name is free again when its last holder is gone.
 */
export class NameClaims {
  readonly #reserved: ReadonlySet<string>;
  readonly #claims = new Map<string, Claim>();
  /** Line name to the metric that makes it. */
  readonly #lines = new Map<string, string>();

  /** `reserved` are the names of the lines that the host itself makes. */
  constructor(reserved: ReadonlySet<string>) {
    this.#reserved = reserved;
  }

  /** Who has the name already, in words; undefined when the holder may have it. */
  problemOf(name: string, type: ReportedType): string | undefined {
    const held = this.#claims.get(name);
    if (held !== undefined && held.type !== type) {
      return `a ${held.type} of ${[...held.holders].slice(0, 3).join(", ")}`;
    }
    for (const line of lineNames(name, type)) {
      if (this.#reserved.has(line)) return "the node's own";
      const owner = this.#lines.get(line);
      if (owner !== undefined && owner !== name) return `a line of ${owner}`;
    }
    return undefined;
  }

  claim(name: string, type: ReportedType, holder: string): void {
    const held = this.#claims.get(name);
    if (held !== undefined) {
      held.holders.add(holder);
      return;
    }
    const lines = lineNames(name, type);
    this.#claims.set(name, { type, lines, holders: new Set([holder]) });
    for (const line of lines) this.#lines.set(line, name);
  }

  release(name: string, holder: string): void {
    const held = this.#claims.get(name);
    if (held === undefined || !held.holders.delete(holder) || held.holders.size > 0) return;
    this.#claims.delete(name);
    for (const line of held.lines) this.#lines.delete(line);
  }
}
