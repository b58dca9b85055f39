/** What a scrape says of one metric. */
export interface ExposedFamily {
  readonly type: string;
  readonly lines: Map<string, number>;
}

// A value may hold a line end of other kinds: only \n ends a line.
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s;
const PAIR = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
/** The names of what is no finite number are read in any case, and prom-client writes Nan. */
const NUMBER = /^(?:[+-]Inf|[Nn][Aa][Nn]|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;

/**
 * Reads a scrape as strictly as Prometheus does: each metric has one HELP and one TYPE before its lines, its lines stand
 * together and are all different, labels are well formed, buckets grow and end in the count.
 */
export function readExposition(text: string): Map<string, ExposedFamily> {
  const families = new Map<string, ExposedFamily>();
  let current: { name: string; family: ExposedFamily | undefined } | undefined;
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const help = /^# HELP (\S+) /.exec(line)?.[1];
    if (help !== undefined) {
      if (families.has(help)) throw new Error(`a second HELP of ${help}`);
      current = { name: help, family: undefined };
      continue;
    }
    const [, typed, type] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) {
      if (current?.name !== typed || current.family !== undefined)
        throw new Error(`TYPE out of place: ${line}`);
      current.family = { type, lines: new Map() };
      families.set(typed, current.family);
      continue;
    }
    if (current?.family === undefined) throw new Error(`a line of nothing: ${line}`);
    addLine(line, current.name, current.family);
  }
  for (const [name, family] of families) if (family.type === "histogram") checkBuckets(name, family);
  return families;
}

function addLine(line: string, name: string, { type, lines }: ExposedFamily): void {
  const [, lineName = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
  const suffixes = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  if (!suffixes.some((suffix) => lineName === name + suffix))
    throw new Error(`not a line of ${name}: ${line}`);
  if (!NUMBER.test(value)) throw new Error(`no number: ${line}`);
  const seen = new Set<string>();
  PAIR.lastIndex = 0;
  for (let end = 0; end < labels.length; end = PAIR.lastIndex) {
    const pair = PAIR.exec(labels);
    if (pair === null) throw new Error(`labels can't be read: ${line}`);
    if (seen.has(pair[1] ?? "")) throw new Error(`a label twice: ${line}`);
    seen.add(pair[1] ?? "");
  }
  const key = line.slice(0, line.length - value.length - 1);
  if (lines.has(key)) throw new Error(`twice: ${key}`);
  lines.set(key, Number(value.replace("Inf", "Infinity")));
}

function checkBuckets(name: string, { lines }: ExposedFamily): void {
  let before = 0;
  let last = 0;
  for (const [key, value] of lines) {
    if (key.startsWith(`${name}_bucket`)) {
      if (value < before) throw new Error(`buckets go down: ${key}`);
      before = key.includes('le="+Inf"') ? 0 : value;
      last = value;
    } else if (key.startsWith(`${name}_count`) && value !== last) throw new Error(`count differs: ${key}`);
  }
}
