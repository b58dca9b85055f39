import { isAlias, isMap, isNode, LineCounter, type Node, parseDocument, visit } from "yaml";
import { errorMessage } from "../../../errors.js";
import { chainErrors } from "../../errors.js";
import { scalarOf, shown } from "./yaml-node.js";

/** So that its text fits into one line of the control door. */
export const MAX_SCENARIO_BYTES = 500_000;
const DEEPEST_NESTING = 40;
const deepInOneLine = /(?:[-?:] +){40}/;

/**
 * The YAML of a scenario: YAML 1.2 without anchors, aliases, tags and repeated keys, at most 500,000 bytes.
 * Its refusals name file, line and column, both counted from 1.
 */
export class ScenarioYaml {
  /** null where the file says nothing. */
  readonly root: Node | null;
  readonly #file: string;
  readonly #lines = new LineCounter();

  /** @throws SCENARIO_INVALID */
  constructor(text: string, file: string) {
    this.#file = file;
    this.#lines.addNewLine(0);
    for (const { index } of text.matchAll(/\n/g)) this.#lines.addNewLine(index + 1);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_SCENARIO_BYTES) {
      throw this.#invalidAt(0, `${bytes} bytes`, `at most ${MAX_SCENARIO_BYTES} bytes`);
    }
    // The parser needs seconds for what is nested thousands deep.
    const tooDeep = firstTooDeep(text);
    if (tooDeep !== undefined)
      throw this.#invalidAt(tooDeep, "too much inside one another", "40 levels at most");
    this.root = this.#parse(text);
    visit(this.root, { Node: (_key, node) => this.#check(node) });
  }

  lineOf(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line;
  }

  /** A refusal that points at a node; at the start of the file where there is none. */
  invalid(node: Node | null, found: string, allowed: string, nearest?: string) {
    return this.#invalidAt(node?.range?.[0] ?? 0, found, allowed, nearest);
  }

  #parse(text: string): Node | null {
    let document: ReturnType<typeof parseDocument>;
    try {
      document = parseDocument(text, {
        // Looking for equal keys is quadratic there, and done here.
        ...{ version: "1.2", schema: "core", strict: true, uniqueKeys: false, prettyErrors: false },
      });
    } catch (error) {
      throw this.#invalidAt(0, `bad YAML (${errorMessage(error).slice(0, 200)})`, "YAML 1.2");
    }
    const [problem] = [...document.errors, ...document.warnings];
    if (problem === undefined) return document.contents;
    throw this.#invalidAt(problem.pos[0], `bad YAML (${problem.message.slice(0, 200)})`, "YAML 1.2");
  }

  #check(node: Node): void {
    if (isAlias(node)) throw this.invalid(node, "an alias", "values that are written out");
    if (node.anchor !== undefined) throw this.invalid(node, "an anchor", "values that are written out");
    if (node.tag !== undefined) throw this.invalid(node, "a tag", "values without a tag");
    if (!isMap(node)) return;
    const seen = new Set<unknown>();
    for (const { key } of node.items) {
      const name = scalarOf(key);
      const where = isNode(key) ? key : node;
      if (seen.has(name)) throw this.invalid(where, `key ${shown(name)} a second time`, "each key once");
      seen.add(name);
    }
  }

  #invalidAt(offset: number, found: string, allowed: string, nearest?: string) {
    const { line, col: column } = this.#lines.linePos(offset);
    const where = { file: this.#file, line, column };
    return chainErrors.SCENARIO_INVALID({
      ...where,
      found,
      allowed,
      ...(nearest === undefined ? {} : { nearest }),
    });
  }
}

/** Where brackets, or indicators in one line, are more than 40 deep; brackets inside texts count too. */
function firstTooDeep(text: string): number | undefined {
  let depth = 0;
  for (let offset = 0; offset < text.length; offset += 1) {
    const char = text[offset];
    if (char === "[" || char === "{") depth += 1;
    if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
    if (depth > DEEPEST_NESTING) return offset;
  }
  return deepInOneLine.exec(text)?.index;
}
