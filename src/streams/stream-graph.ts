import type { PreparedSource, PreparedStream } from "./prepared-stream.js";

/** The languages in which a stream can be drawn. */
export type GraphFormat = "mermaid" | "dot";

interface Node {
  /** Of the drawing: `n0`, `n1`, …; ids of the file would collide with words of the languages. */
  readonly key: string;
  readonly shape: "source" | "step" | "sink";
  readonly lines: readonly string[];
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** Options are shown up to here: a drawing is read at a glance. */
const MAX_SHOWN_CHARS = 60;
const MAX_SHOWN_TYPES = 3;

/**
 * The stream as a drawing from its source over its steps to its sinks, each with its id, its kind and its options, cut
 * where they are long. What stands in a file can't leave its label. Equal streams give equal texts.
 */
export function streamGraph(stream: PreparedStream, format: GraphFormat): string {
  const nodes: Node[] = [{ key: "n0", shape: "source", lines: ["source", sourceText(stream.source)] }];
  const edges: Edge[] = [];
  const add = (
    shape: Node["shape"],
    { id, kind, options }: { id: string; kind: string; options: unknown },
  ) => {
    const key = `n${nodes.length}`;
    nodes.push({ key, shape, lines: [id, `${kind}: ${optionsText(options)}`] });
    return key;
  };
  let before = "n0";
  for (const step of stream.steps) {
    const key = add("step", step);
    edges.push({ from: before, to: key, label: "" });
    const beside = step.prepared.alsoNeeds ?? [];
    if (beside.length > 0) edges.push({ from: "n0", to: key, label: `beside: ${typesText(beside)}` });
    before = key;
  }
  for (const sink of stream.sinks) edges.push({ from: before, to: add("sink", sink), label: "" });
  return format === "dot" ? dot(stream.name, nodes, edges) : mermaid(stream.name, nodes, edges);
}

function sourceText(source: PreparedSource): string {
  switch (source.kind) {
    case "events":
      return `events: ${typesText(source.types)}`;
    case "recording":
      return `recording: ${cut(source.path)}`;
    case "generate":
      return `generate: every ${source.everyMs} ms${source.count === undefined ? "" : `, ${source.count} items`}`;
  }
}

function typesText(types: readonly string[]): string {
  const more = types.length - MAX_SHOWN_TYPES;
  return more > 0 ? `${types.slice(0, MAX_SHOWN_TYPES).join(", ")} and ${more} more` : types.join(", ");
}

function optionsText(options: unknown): string {
  if (typeof options === "string") return cut(options);
  if (typeof options !== "object" || options === null || Array.isArray(options))
    return cut(JSON.stringify(options) ?? "");
  const parts = Object.entries(options).map(
    ([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return cut(parts.join(", "));
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > MAX_SHOWN_CHARS ? `${line.slice(0, MAX_SHOWN_CHARS - 1)}…` : line;
}

const mermaidShapes = { source: ["([", "])"], step: ["[", "]"], sink: ["[/", "/]"] } as const;

function mermaid(name: string, nodes: readonly Node[], edges: readonly Edge[]): string {
  const lines = [`%% stream ${name}`, "flowchart LR"];
  for (const { key, shape, lines: texts } of nodes) {
    const [open, close] = mermaidShapes[shape];
    lines.push(`  ${key}${open}"${texts.map(mermaidText).join("<br/>")}"${close}`);
  }
  for (const { from, to, label } of edges)
    lines.push(label === "" ? `  ${from} --> ${to}` : `  ${from} -. "${mermaidText(label)}" .-> ${to}`);
  return `${lines.join("\n")}\n`;
}

/** All but plain words becomes an entity, which mermaid shows as the character and reads as nothing else. */
function mermaidText(text: string): string {
  return text.replace(/[^A-Za-z0-9 _.,:…-]/gu, (char) => `#${char.codePointAt(0)};`);
}

const dotShapes = { source: "oval", step: "box", sink: "cds" } as const;

function dot(name: string, nodes: readonly Node[], edges: readonly Edge[]): string {
  const lines = [`digraph ${dotText(name)} {`, "  rankdir=LR;", '  node [fontname="sans-serif"];'];
  for (const { key, shape, lines: texts } of nodes)
    lines.push(`  ${key} [shape=${dotShapes[shape]}, label=${dotText(texts.join("\n"))}];`);
  for (const { from, to, label } of edges)
    lines.push(`  ${from} -> ${to}${label === "" ? "" : ` [style=dashed, label=${dotText(label)}]`};`);
  return `${lines.join("\n")}\n}\n`;
}

function dotText(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}
