import { describe, expect, it } from "vitest";
import { type Capability, capabilities, defaultCapabilities } from "../../src/manifest/index.js";
import { methods } from "../../src/node-api/methods.js";
import {
  type RequestName,
  requestDefinition,
  requestDomains,
  requestNames,
} from "../../src/requests/index.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { requestExamples } from "../kit/request-examples.js";
import { ask, askAndWait, refusalOf } from "./start-api.js";

const served = requestNames.filter((name) => methods[name] !== undefined);
const gated = served.filter((name) => requestDefinition(name).permission !== undefined);
/** What the scripted chain can answer to the last request. */
const ofTheChain = (["blockchain", "mempool", "mining", "network", "payment"] as const).flatMap(
  (domain) => Object.keys(requestDomains[domain]) as RequestName[],
);
const everything = capabilities.map(({ name }) => name);

function needed(name: RequestName): Capability {
  return requestDefinition(name).permission as Capability;
}

function expectFits(name: RequestName, answer: unknown): void {
  const parsed = requestDefinition(name).answer().safeParse(answer);
  expect(parsed.success, `${name}: ${parsed.error?.message}`).toBe(true);
}

describe("the permission of each request", () => {
  it.each(gated)("%s is refused without any capability and does nothing", (name) => {
    const refusal = refusalOf(ask(name, requestExamples[name], { capabilities: [] }));
    expect(refusal).toMatchObject({ code: "PERMISSION_DENIED", retryable: false });
    expect(refusal.message).toContain(needed(name));
    expectThreeParts(refusal.message);
  });

  it.each(gated)("%s is allowed with its own capability and with no other", async (name) => {
    for (const granted of everything) {
      const { refusals, answers } = await askAndWait(name, requestExamples[name], {
        capabilities: [granted],
      });
      const isDenied = refusals[0]?.code === "PERMISSION_DENIED";
      expect(isDenied, granted).toBe(granted !== needed(name));
      expect(answers.length + refusals.length).toBe(1);
      if (answers.length > 0) expectFits(name, answers[0]);
    }
  });

  it.each(ofTheChain)("%s truly answers, as its schema says, once it is allowed", async (name) => {
    const { answers, refusals } = await askAndWait(name, requestExamples[name], {
      capabilities: [needed(name)],
    });
    expect(refusals).toEqual([]);
    expectFits(name, answers[0]);
    const answersNothing = requestDefinition(name).answer().meta()?.wire === "unit";
    expect(answers[0] === null || answers[0] === undefined).toBe(answersNothing);
  });

  it.each(gated)("%s is refused with every capability but its own", (name) => {
    const others = everything.filter((capability) => capability !== needed(name));
    const refusal = refusalOf(ask(name, requestExamples[name], { capabilities: others }));
    expect(refusal.details).toMatchObject({ declared: others });
  });

  it("is checked before the parameters are looked at", () => {
    for (const name of gated) {
      expect(refusalOf(ask(name, "nonsense", { capabilities: [] })).code).toBe("PERMISSION_DENIED");
      expect(refusalOf(ask(name, "nonsense", { capabilities: everything })).code).toBe("INVALID_PARAMS");
    }
  });

  it("lets a module with the defaults read and subscribe, and not publish", () => {
    const allowed = gated.filter((name) => defaultCapabilities.includes(needed(name)));
    for (const name of gated) {
      const { refusals } = ask(name, requestExamples[name], { capabilities: defaultCapabilities });
      expect(refusals[0]?.code === "PERMISSION_DENIED", name).toBe(!allowed.includes(name));
    }
  });

  it("counts a publish that was denied", () => {
    const count = (name: RequestName) => ask(name, requestExamples[name]).rejectedPublishes;
    expect(count("PublishEvent")).toEqual(["permission"]);
    expect(count("GetChainTip")).toEqual([]);
  });
});
