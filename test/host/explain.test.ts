import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand } from "../cli/run-in-process.js";
import { until } from "../kit/host-until.js";
import { blockFile, hostFolder, statsOf } from "../kit/host-whole.js";

const types = "MempoolTransactionAdded,NewBlock";

describe("a host with a module that is too slow", () => {
  it("names it, and says of each event that it was told to have lost why it lost it", async () => {
    await using folder = await hostFolder();
    await folder.install("quick", "recorder", { config: `types = "${types}"\n` });
    await folder.install("slow", "recorder", { config: `delay_ms = 5\ntypes = "${types}"\n` });
    const host = folder.host({
      chain: { files: ["300025.raw", "482683.raw", "898352.raw"].map(blockFile), events_per_second: 0 },
      modules: { slow: { delivery: { capacity: 100, window: 16 } } },
    });
    await host.start();
    await until("the replay is over", () =>
      folder.log.messages().some((text) => text.startsWith("replay finished")),
    );
    await until("slow is done", () => {
      const { waiting, in_flight } = statsOf(host, "slow");
      return waiting + in_flight === 0;
    });
    await until("the last gap was told", async () => {
      const { gaps } = await folder.recording("slow");
      return gaps.reduce((sum, { count }) => sum + count, 0) === statsOf(host, "slow").dropped_full;
    });
    const ask = async (seq: number, module: string) => {
      const asked = ["explain", "--event", String(seq), "--module", module, "--json"];
      const { code, stdout } = await runCommand([...asked, "--data-dir", folder.dataDir]);
      expect(code).toBe(0);
      return JSON.parse(stdout) as unknown;
    };
    const { gaps, seqs } = await folder.recording("slow");
    const [gap] = gaps;
    if (gap === undefined) throw new Error("slow lost nothing");
    expect(await ask(gap.from, "slow")).toMatchObject({
      fate: "dropped",
      waiting_before: 100,
      in_flight_before: 16,
      run: { from_seq: gap.from, to_seq: gap.to, count: gap.count },
    });
    expect(await ask(gap.from, "quick")).toMatchObject({ fate: "delivered" });
    expect(await ask(seqs.at(-1) as number, "slow")).toMatchObject({ fate: "delivered", module: "slow" });
    expect(await ask(1e12, "slow")).toMatchObject({ fate: "not_published" });

    const report = await runCommand(["report", "--json", "--data-dir", folder.dataDir]);
    expect(JSON.parse(report.stdout)).toMatchObject({
      culprit: { module: "slow", event_type: "MempoolTransactionAdded" },
      modules: [{ module: "slow" }, { module: "quick", dropped: 0 }],
    });
    const unknown = ["explain", "--event", "1", "--module", "slwo", "--data-dir", folder.dataDir];
    expect(await runCommand(unknown)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("slwo"),
    });
    const cookie = await readFile(join(folder.dataDir, ".cookie"));
    const rpc = await fetch(`${host.httpUrl}/`, {
      method: "POST",
      headers: { authorization: `Basic ${cookie.toString("base64")}`, "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "explainevent", params: [gap.to, "slow"] }),
    });
    expect([rpc.status, await rpc.json()]).toMatchObject([200, { result: { fate: "dropped" } }]);
  });
});
