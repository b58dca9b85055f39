import { describe, expect, it } from "vitest";
import type { Proof } from "../../src/sandbox/canary/prove-layers.js";
import { type LayerId, layerIds } from "../../src/sandbox/layer.js";
import { offReport, provenReport } from "../../src/sandbox/layer-report.js";
import type { Machine } from "../../src/sandbox/machine.js";
import { wellEquipped } from "../kit/sandbox-machine.js";

const machine: Machine = { ...wellEquipped, arch: "riscv64" };
const proof: Proof = {
  machine,
  active: new Set(["code", "identity", "watch", "wire", "filesystem", "network", "limits"]),
  denials: [],
  refusals: new Map(),
  complaints: [],
  failure: undefined,
  unproven: "there is no canary for riscv64",
};

function denial(layer: LayerId, isDenied: boolean, isTelling = true) {
  const seen = isDenied ? "EPERM" : "succeeded";
  return { layer, attempt: `try ${seen}`, expected: "EPERM", seen, isDenied, isTelling };
}

function reported(found: Partial<Proof>, id: LayerId) {
  return provenReport("auto", { ...proof, ...found }, () => undefined).layers.find((one) => one.id === id);
}

describe("the report of the layers", () => {
  it("names all layers in the order of their numbers, and what the host runs modules as", () => {
    const report = provenReport("auto", {
      ...proof,
      machine: { ...machine, user: { name: "n", uid: 5, gid: 5 } },
    });
    expect(report.layers.map(({ id }) => id)).toEqual(layerIds);
    expect(report.layers.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect([report.mode, report.platform, report.user]).toEqual(["auto", "linux riscv64", "n"]);
  });

  it("calls no layer enforced that no canary tried", () => {
    const { layers } = provenReport("auto", proof);
    expect(layers.filter(({ status }) => status === "enforced")).toEqual([]);
    expect(reported({}, "filesystem")?.reason).toBe("there is no canary for riscv64");
    expect(reported({}, "kernel")?.reason).toMatch(/filter of system calls for x64 and arm64 only/);
  });

  it("calls a layer enforced when all was denied, partial when some was, and missing when nothing was", () => {
    const status = (...denials: Proof["denials"]) =>
      reported({ denials, unproven: undefined }, "network")?.status;
    expect(status(denial("network", true), denial("network", true))).toBe("enforced");
    expect(status(denial("network", true), denial("network", false))).toBe("partial");
    expect(status(denial("network", false), denial("kernel", true))).toBe("missing");
    // What fails on any system tells nothing of the layer.
    expect(status(denial("network", true, false), denial("network", false))).toBe("missing");
  });

  it("names some of what was not denied, and how much more there is", () => {
    const denials = Array.from({ length: 7 }, () => denial("limits", false));
    const reason = reported({ denials }, "limits")?.reason ?? "";
    expect(reason.match(/try succeeded: succeeded/g)).toHaveLength(4);
    expect(reason).toContain("3 more");
  });

  it("says of a layer that doesn't hold what a module could do, and has no mechanism where there is none", () => {
    const missing = reported(
      { refusals: new Map([["filesystem", "bwrap: Unknown option --size"]]) },
      "filesystem",
    );
    expect(missing).toMatchObject({
      status: "missing",
      mechanism: null,
      reason: "bwrap: Unknown option --size",
      consequence: expect.stringMatching(/^a module could read the files of this user/),
      remedy: "update bubblewrap to version 0.8 or later",
    });
  });

  it("says of every layer that it is off where the configuration says so", () => {
    const report = offReport(machine);
    expect(new Set(report.layers.map(({ status }) => status))).toEqual(new Set(["off"]));
    expect(report.layers[0]?.remedy).toBe("set sandbox.mode to auto");
  });
});
