import { describe, expect, it } from "vitest";
import { findLayers, type LaunchVariant, type VariantResult } from "../../src/sandbox/canary/find-layers.js";
import type { LayerId } from "../../src/sandbox/layer.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";
import { wellEquipped } from "../kit/sandbox-machine.js";

const machine = wellEquipped;
const always: readonly LayerId[] = ["code", "identity", "watch", "wire"];
const all = new Set<LayerId>([...always, "filesystem", "network", "kernel", "limits"]);
const isRun: VariantResult = { isRun: true, denials: [] };
const fails = (reason: string): VariantResult => ({ isRun: false, reason });

/** Finds layers on a machine where `answer` says how a start ends, which takes `takesMs`. */
async function find(answer: (variant: LaunchVariant) => VariantResult, takesMs = 0, totalMs = 1000) {
  const clock = virtualClock();
  let starts = 0;
  const found = await findLayers(
    clock.scheduler,
    { machine, active: all },
    (variant) => {
      starts++;
      clock.advanceMs(takesMs);
      return Promise.resolve(answer(variant));
    },
    totalMs,
  );
  return { ...found, starts, layers: [...found.active].filter((id) => !always.includes(id)) };
}

describe("the layers that modules are started in", () => {
  it("are all that are offered where one canary runs in them", async () => {
    const { layers, starts, failure } = await find(() => isRun);
    expect([layers, starts, failure]).toEqual([["filesystem", "network", "kernel", "limits"], 1, undefined]);
  });

  it("are without the one that no canary can be started in, which has the reason", async () => {
    const { layers, refusals } = await find(({ active }) =>
      active.has("network") ? fails("no net") : isRun,
    );
    expect(layers).toEqual(["filesystem", "kernel", "limits"]);
    expect([...refusals]).toEqual([["network", "no net"]]);
  });

  it("are the ones of lower number where some don't go together", async () => {
    const { layers, refusals } = await find(({ active }) =>
      active.has("filesystem") && active.has("limits") ? fails("not both") : isRun,
    );
    expect(layers).toEqual(["filesystem", "network", "kernel"]);
    expect([...refusals]).toEqual([["limits", "not both"]]);
  });

  it("are had without an option that the program doesn't know, once per option", async () => {
    const { layers, complaints, starts, ...found } = await find(({ machine: { leftOut } }) =>
      leftOut?.has("--size") === true ? isRun : fails("bwrap: Unknown option --size"),
    );
    expect(layers).toHaveLength(4);
    expect([...(found.machine.leftOut ?? [])]).toEqual(["--size"]);
    expect([complaints, starts]).toEqual([["bwrap: Unknown option --size"], 2]);
    const stubborn = await find(() => fails("bwrap: Unknown option --size"));
    expect(stubborn.failure).toBe("bwrap: Unknown option --size");
  });

  it("are had without a setpriv that starts nothing, unless the host is root", async () => {
    const { layers, ...found } = await find(({ machine: { tools } }) =>
      tools.setpriv === undefined ? isRun : fails("broken"),
    );
    expect(found.machine.tools.setpriv).toBeUndefined();
    expect(layers).toEqual(["filesystem", "network", "kernel", "limits"]);
  });

  it("are none where nothing can be started, and the reason is kept", async () => {
    const { layers, failure, refusals } = await find(() => fails("no exec"));
    expect([layers, failure]).toEqual([[], "no exec"]);
    expect([...refusals.keys()]).toEqual(["filesystem", "network", "kernel", "limits"]);
  });

  it("are found in a bounded number of starts, none of them after the time is over", async () => {
    const { starts } = await find(({ active }) =>
      active.size > always.length + 1 ? fails("no two") : isRun,
    );
    expect(starts).toBeLessThanOrEqual(12);
    const late = await find(({ active }) => (active.size > always.length ? fails("slow") : isRun), 600);
    expect(late.starts).toBe(2);
    expect(late.refusals.get("kernel")).toBe("no time was left of 1000 ms");
  });
});
