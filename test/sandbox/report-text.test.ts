import { describe, expect, it } from "vitest";
import { lackingLayers, layerText, reportText, unmetLayers } from "../../src/sandbox/index.js";
import { missingLayer, sandboxReport } from "../kit/sandbox-report.js";

const ids = (layers: readonly { readonly id: string }[]) => layers.map(({ id }) => id);

describe("layerText", () => {
  it("says by what a layer is enforced", () => {
    const [identity] = sandboxReport().layers;
    expect(identity && layerText(identity)).toBe("L0 identity is enforced by what does identity");
  });

  it("says why a layer is missing, what follows, and what to do", () => {
    const [layer] = lackingLayers(sandboxReport({ network: missingLayer }));
    expect(layer && layerText(layer)).toBe(
      "L3 network is missing (the program is not there); a module could do more; install it",
    );
  });

  it("names the mechanism of a layer that holds in part", () => {
    const partial = { status: "partial", reason: "kill(-1) succeeded" } as const;
    const [layer] = lackingLayers(sandboxReport({ filesystem: partial }));
    expect(layer && layerText(layer)).toBe(
      "L2 filesystem is partial by what does filesystem (kill(-1) succeeded)",
    );
  });
});

describe("reportText", () => {
  it("counts the layers and names those that are not enforced", () => {
    expect(reportText(sandboxReport({}, { user: "nobody" }))).toBe(
      "sandbox in mode auto: 9 of 9 layers are enforced, modules run as nobody",
    );
    expect(reportText(sandboxReport({ kernel: missingLayer, totals: { status: "partial" } }))).toBe(
      "sandbox in mode auto: 7 of 9 layers are enforced; not enforced: L4 kernel, L6 totals",
    );
  });
});

describe("unmetLayers", () => {
  it("are none in mode auto as long as a module is not root and its code is what was checked", () => {
    const report = sandboxReport({ network: missingLayer, totals: { status: "partial" } });
    expect(unmetLayers(report, "auto")).toEqual([]);
    expect(ids(unmetLayers(sandboxReport({ identity: missingLayer, code: missingLayer }), "auto"))).toEqual([
      "identity",
      "code",
    ]);
  });

  it("are all that are not enforced in mode strict, those that hold in part as well, but for L6 totals", () => {
    const partial = { status: "partial" } as const;
    const report = sandboxReport({ network: missingLayer, kernel: partial, totals: partial });
    expect(ids(unmetLayers(report, "strict"))).toEqual(["network", "kernel"]);
    expect(ids(unmetLayers(sandboxReport({ totals: missingLayer }), "strict"))).toEqual(["totals"]);
  });

  it("are all where the sandbox is off", () => {
    const off = Object.fromEntries(ids(sandboxReport().layers).map((id) => [id, { status: "off" }]));
    expect(unmetLayers(sandboxReport(off, { mode: "off" }), "off")).toHaveLength(9);
    expect(unmetLayers(sandboxReport(off, { mode: "off" }), "auto")).toHaveLength(9);
  });
});
