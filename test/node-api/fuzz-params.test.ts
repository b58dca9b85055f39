import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { EngineError } from "../../src/errors.js";
import { capabilities } from "../../src/manifest/index.js";
import { bareDependencies, createNodeApi, noModules } from "../../src/node-api/index.js";
import { paramsProblem } from "../../src/node-api/params-problem.js";
import { type RequestName, requestDefinition, requestNames } from "../../src/requests/index.js";
import { withDeadline } from "../kit/ipc-deadline.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { requestExamples } from "../kit/request-examples.js";
import { ScriptedSource } from "../kit/scripted-source.js";
import { ask, type Served } from "./start-api.js";
import { changed, noIntegers, oddValues, type Path, pathsOf, valueAt } from "./wrong-payloads.js";

const everything = capabilities.map(({ name }) => name);
/** A refusal repeats little of what it refuses. */
const MAX_MESSAGE_CHARS = 4000;

/** Each thing outside the API that a request changed. */
const effects: string[] = [];
const api = createNodeApi(
  bareDependencies({
    chain: ScriptedSource.played((effect) => effects.push(effect)),
    modules: { ...noModules, reportHealth: (name) => effects.push(`health of ${name}`) },
    publish(type) {
      effects.push(`publish ${type}`);
      return 1;
    },
  }),
);
afterAll(() => api.close());

function serve(name: RequestName, payload: unknown): Served {
  return ask(name, payload, { api, capabilities: everything });
}

function codeOf({ refusals }: Served): string | undefined {
  return refusals[0]?.code;
}

/** What the schema says of a payload, as the host tells it; undefined when nothing is wrong with it. */
function problemOf(name: RequestName, payload: unknown): EngineError | undefined {
  const { success, error } = requestDefinition(name).input().safeParse(payload);
  return success ? undefined : paramsProblem(payload, error);
}

/** Whether an error's field is at the place that was changed, within it, or the list or union around it. */
function isAbout(field: string, path: Path): boolean {
  const place = path.join(".");
  return field === place || field.startsWith(`${place}.`) || place.startsWith(`${field}.`);
}

const places = requestNames.flatMap((name) => pathsOf(name).map((path) => ({ name, path })));

describe("wrong parameters of every request", () => {
  it.each(requestNames)("of %s are refused by the field that is wrong, shortly", (name) => {
    for (const path of pathsOf(name)) {
      for (const value of oddValues) {
        const payload = changed(name, path, value);
        const problem = problemOf(name, payload);
        if (problem === undefined) continue;
        const { field } = problem.details as { field: string };
        expect(isAbout(field, path), `${field} for ${path.join(".")}`).toBe(true);
        expect(["INVALID_PARAMS", "RANGE_ERROR"]).toContain(problem.code);
        expectThreeParts(problem.message);
        expect(problem.message.length).toBeLessThan(MAX_MESSAGE_CHARS);
        const isNumber = ["number", "bigint"].includes(typeof valueAt(payload, field));
        if (isNumber && path.length === 1 && name !== "PublishEvent") {
          expect(problem.code === "RANGE_ERROR", problem.message).toBe(holdsNumber(name, path));
        }
        if (problem.code === "RANGE_ERROR") expect(isNumber).toBe(true);
      }
    }
  });

  it("answer RANGE_ERROR for what no integer field can hold", () => {
    const integers = places.filter(({ name, path }) => holdsNumber(name, path));
    expect(integers.length).toBeGreaterThan(10);
    for (const { name, path } of integers) {
      for (const value of noIntegers) {
        const problem = problemOf(name, changed(name, path, value));
        expect(problem, `${name} ${path.join(".")} ${value}`).toMatchObject({
          code: "RANGE_ERROR",
          details: { field: path.join(".") },
        });
      }
    }
  });

  it.each(["text", 5, [], null, true, 1n, Uint8Array.of(1)])(
    "are refused as a whole when they are %s",
    (payload) => {
      for (const name of requestNames) {
        const before = effects.length;
        expect(codeOf(serve(name, payload)), name).toBe("INVALID_PARAMS");
        expect(effects).toHaveLength(before);
      }
    },
  );

  it("pollute no prototype", () => {
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

/** Whether a field of the payload itself holds a number, by what its builder noted. */
function holdsNumber(name: RequestName, [field, ...rest]: Path): boolean {
  const { shape } = requestDefinition(name).input() as unknown as {
    readonly shape: Readonly<Record<string, { meta(): { wire?: string } | undefined }>>;
  };
  return rest.length === 0 && /^[uif](32|64)$/.test(shape[field ?? ""]?.meta()?.wire ?? "");
}

describe("whatever a module sends as parameters", () => {
  const within = { timeout: 20_000 };

  async function expectOneOutcome(name: RequestName, payload: unknown): Promise<void> {
    const before = effects.length;
    const asked = serve(name, payload);
    await withDeadline(asked.settled, `an answer to ${name}`);
    expect(asked.answers.length + asked.refusals.length).toBe(1);
    const [refusal] = asked.refusals;
    if (refusal === undefined) return;
    expect(refusal).toBeInstanceOf(EngineError);
    expect(refusal.code, refusal.message).not.toBe("INTERNAL_ERROR");
    expect(refusal.message.length).toBeLessThan(MAX_MESSAGE_CHARS);
    expect([...asked.effects, ...effects.slice(before)], name).toEqual([]);
    if (problemOf(name, payload) !== undefined) {
      expect(["INVALID_PARAMS", "RANGE_ERROR"]).toContain(refusal.code);
    }
  }

  it("gets exactly one answer or one refusal with a code, and a refusal has no effect", within, async () => {
    const oneChange = fc
      .constantFrom(...places)
      .chain(({ name, path }) =>
        fc
          .oneof(fc.constantFrom(...oddValues), fc.anything())
          .map((value) => ({ name, payload: changed(name, path, value) })),
      );
    await fc.assert(
      fc.asyncProperty(oneChange, ({ name, payload }) => expectOneOutcome(name, payload)),
      { numRuns: 600 },
    );
  });

  it("may hold keys that the request doesn't have, which change nothing", within, async () => {
    const key = fc.constantFrom("__proto__", "constructor", "toString", "permission", "caller", "", "a\0");
    const extra = fc.dictionary(key, fc.constantFrom(...oddValues.slice(10, 20)), { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...requestNames), extra, async (name, keys) => {
        const payload = { ...keys, ...requestExamples[name] };
        expect(problemOf(name, payload)).toBeUndefined();
        await expectOneOutcome(name, payload);
      }),
      { numRuns: 300 },
    );
  });
});
