import { isMap, isNode, isSeq, type Node } from "yaml";
import { z } from "zod";
import { nearestName } from "../../../events/index.js";
import { type LabelKind, labelMade, labelsUsed } from "./scenario-labels.js";
import {
  type ActionStep,
  type Scenario,
  type ScenarioStep,
  type StepName,
  stepSchemas,
} from "./scenario-steps.js";
import { ScenarioYaml } from "./scenario-yaml.js";
import { described, nodeAt, plain, scalarOf, shown } from "./yaml-node.js";

const MOST_STEPS = 10_000;
const DEEPEST_REPEAT = 4;
const LONGEST_NAME_CHARS = 200;

const topKeys = ["version", "name", "description", "seed", "steps"] as const;
const stepNames = [...Object.keys(stepSchemas), "repeat"];

/**
 * Reads a scenario: everything is checked before the first step runs, labels included.
 * YAML 1.2 without anchors, aliases and tags; at most 500,000 bytes and 10,000 steps, repeats at most 4 deep.
 * @throws SCENARIO_INVALID with file, line and column
 */
export function parseScenario(text: string, file: string): Scenario {
  return new ScenarioReader(text, file).read();
}

class ScenarioReader {
  readonly #yaml: ScenarioYaml;
  readonly #file: string;
  readonly #labels = new Map<string, LabelKind>();

  constructor(text: string, file: string) {
    this.#file = file;
    this.#yaml = new ScenarioYaml(text, file);
  }

  read(): Scenario {
    const { root } = this.#yaml;
    if (!isMap(root)) throw this.#yaml.invalid(root, described(root), `a mapping with ${topKeys.join(", ")}`);
    const fields = this.#fields(root, topKeys);
    const version = fields.get("version");
    if (version === undefined) throw this.#yaml.invalid(root, "no version", "version: 1");
    if (scalarOf(version) !== 1) throw this.#yaml.invalid(version, described(version), "version: 1");
    const steps = fields.get("steps");
    if (steps === undefined) throw this.#yaml.invalid(root, "no steps", "a list of steps");
    const name = this.#words(fields.get("name"), "a name") ?? this.#file;
    this.#words(fields.get("description"), "a description", 2000);
    const read = this.#steps(steps, 0);
    const seed = this.#words(fields.get("seed"), "a seed") ?? name;
    return { name, seed, steps: read.steps, stepCount: read.count, file: this.#file };
  }

  #steps(node: Node, depth: number): { steps: ScenarioStep[]; count: number } {
    if (!isSeq(node)) throw this.#yaml.invalid(node, described(node), "a list of steps");
    if (node.items.length === 0) throw this.#yaml.invalid(node, "no step", "at least one step");
    let count = 0;
    const steps = node.items.map((item) => {
      const read = this.#step(isNode(item) ? item : node, depth);
      count += read.count;
      if (count > MOST_STEPS) {
        const found = `${count} steps, repeats included,`;
        throw this.#yaml.invalid(isNode(item) ? item : node, found, `at most ${MOST_STEPS}`);
      }
      return read.step;
    });
    return { steps, count };
  }

  #step(node: Node, depth: number): { step: ScenarioStep; count: number } {
    const allowed = "one step as a mapping with one key, such as mine: 3";
    if (!isMap(node)) throw this.#yaml.invalid(node, described(node), allowed);
    const fields = this.#fields(node, stepNames);
    const [first, second] = fields;
    if (first === undefined || second !== undefined) {
      throw this.#yaml.invalid(node, `${fields.size} keys in one step`, allowed);
    }
    const [name, value] = first;
    if (name === "repeat") return this.#repeat(node, value, depth);
    return { step: this.#action(name as StepName, node, value), count: 1 };
  }

  #repeat(node: Node, value: Node, depth: number): { step: ScenarioStep; count: number } {
    if (depth >= DEEPEST_REPEAT) {
      throw this.#yaml.invalid(node, "a repeat inside four others", `${DEEPEST_REPEAT} levels of repeat`);
    }
    if (!isMap(value)) throw this.#yaml.invalid(value, described(value), "times and steps");
    const fields = this.#fields(value, ["times", "steps"]);
    const timesNode = fields.get("times");
    const stepsNode = fields.get("steps");
    const times = scalarOf(timesNode);
    if (typeof times !== "number" || !Number.isInteger(times) || times < 1 || times > MOST_STEPS) {
      const found = timesNode === undefined ? "no times" : described(timesNode);
      throw this.#yaml.invalid(timesNode ?? value, found, `times from 1 to ${MOST_STEPS}`);
    }
    if (stepsNode === undefined) throw this.#yaml.invalid(value, "no steps", "a list of steps");
    const { steps, count } = this.#steps(stepsNode, depth + 1);
    return { step: { kind: "repeat", times, steps, line: this.#yaml.lineOf(node) }, count: times * count };
  }

  #action(kind: StepName, node: Node, value: Node): ActionStep {
    const parsed = stepSchemas[kind].safeParse(plain(value));
    if (!parsed.success) throw this.#issue(kind, value, preferred(parsed.error.issues));
    const step = { kind, given: parsed.data, line: this.#yaml.lineOf(node) } as ActionStep;
    for (const { label, kind: wanted, path } of labelsUsed(step)) {
      if (this.#labels.get(label) === wanted) continue;
      const made = [...this.#labels].filter(([, one]) => one === wanted).map(([one]) => one);
      const allowed = `a ${wanted} that an earlier step named: ${made.slice(0, 10).join(", ") || "none yet"}`;
      throw this.#yaml.invalid(nodeAt(value, path), JSON.stringify(label), allowed, nearestName(label, made));
    }
    const made = labelMade(step);
    if (made !== undefined) this.#labels.set(made.label, made.kind);
    return step;
  }

  #issue(
    kind: StepName,
    value: Node,
    issue: { code: string; message: string; path: PropertyKey[]; keys?: string[] } | undefined,
  ) {
    const path = (issue?.path ?? []).map((part) => (typeof part === "number" ? part : String(part)));
    const at = nodeAt(value, path);
    if (issue?.code === "unrecognized_keys") {
      const known = fieldsOf(kind);
      const [key = ""] = issue.keys ?? [];
      const where = (isMap(at) && at.items.find((pair) => scalarOf(pair.key) === key)?.key) || at;
      const allowed = `${kind} with ${known.join(", ") || "nothing"}`;
      throw this.#yaml.invalid(
        isNode(where) ? where : at,
        `key ${shown(key)}`,
        allowed,
        nearestName(key, known),
      );
    }
    const isMissing = at === value && path.length > 0 && isMap(value);
    const found = isMissing ? `no ${path.join(".")}` : described(at);
    return this.#yaml.invalid(at, found, issue?.message ?? `what ${kind} takes`);
  }

  /** The values of a mapping by key. */
  #fields(node: Node, allowed: readonly string[]): Map<string, Node> {
    const fields = new Map<string, Node>();
    if (!isMap(node)) return fields;
    for (const { key, value } of node.items) {
      const name = scalarOf(key);
      const where = isNode(key) ? key : node;
      if (typeof name !== "string" || !allowed.includes(name)) {
        const nearest = typeof name === "string" ? nearestName(name, allowed) : undefined;
        throw this.#yaml.invalid(where, `key ${shown(name)}`, allowed.join(", "), nearest);
      }
      if (!isNode(value)) throw this.#yaml.invalid(where, `nothing as ${name}`, "a value");
      fields.set(name, value);
    }
    return fields;
  }

  #words(node: Node | undefined, what: string, mostChars = LONGEST_NAME_CHARS): string | undefined {
    if (node === undefined) return undefined;
    const value = scalarOf(node);
    if (typeof value === "string" && value.length >= 1 && value.length <= mostChars) return value;
    throw this.#yaml.invalid(node, described(node), `${what} of 1 to ${mostChars} characters`);
  }
}

/** A mistyped key is the cause of the one that is missing. */
function preferred<Issue extends { code: string }>(issues: readonly Issue[]): Issue | undefined {
  return issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
}

function fieldsOf(kind: StepName): readonly string[] {
  const schema: z.ZodType = stepSchemas[kind];
  const inner: unknown = schema instanceof z.ZodPipe ? schema.out : schema;
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}
