import { describe, expect, it } from "vitest";
import { capabilities, defaultCapabilities, parseManifest } from "../../src/manifest/index.js";

// snake_case and PascalCase as modules in other languages write them.
const spellings = `read_blockchain ReadBlockchain, read_utxo ReadUTXO, read_chain_state ReadChainState,
subscribe_events SubscribeEvents, send_transactions SendTransactions, read_mempool ReadMempool,
read_network ReadNetwork, network_access NetworkAccess, read_lightning ReadLightning,
read_payment ReadPayment, read_storage ReadStorage, write_storage WriteStorage,
manage_storage ManageStorage, read_filesystem ReadFilesystem, write_filesystem WriteFilesystem,
manage_filesystem ManageFilesystem, register_rpc_endpoint RegisterRpcEndpoint, manage_timers ManageTimers,
report_metrics ReportMetrics, read_metrics ReadMetrics, discover_modules DiscoverModules,
publish_events PublishEvents, call_module CallModule, register_module_api RegisterModuleApi,
submit_block SubmitBlock, queue_inbound_block QueueInboundBlock, spawn_processes SpawnProcesses`
  .split(/,\s+/)
  .map((pair) => pair.split(" "));

function granted(rest: string): readonly string[] {
  return parseManifest(`name = "a"\nversion = "1.0"\n${rest}`, "module.toml").capabilities;
}

describe("capabilities", () => {
  it("lists the contract's 26 and spawn_processes", () => {
    expect(capabilities.map(({ name }) => name)).toEqual(spellings.map(([name]) => name));
  });

  it("grants the four defaults when the manifest says nothing", () => {
    expect(granted("")).toEqual(["read_blockchain", "read_utxo", "read_chain_state", "subscribe_events"]);
    expect(capabilities.filter(({ isDefault }) => isDefault).map(({ name }) => name)).toEqual(
      defaultCapabilities,
    );
  });

  it("grants nothing for an empty list", () => {
    expect(granted("capabilities = []")).toEqual([]);
  });

  it.each(spellings)("accepts %s also as %s", (name, pascal) => {
    expect(granted(`capabilities = ["${pascal}", "${name}"]`)).toEqual([name]);
  });

  it("reads the list under the compatibility section too", () => {
    expect(granted('[compatibility]\ncapabilities = ["call_module"]')).toEqual(["call_module"]);
  });

  it("refuses a list in both places", () => {
    const twice = "capabilities = []\n[compatibility]\ncapabilities = []";
    expect(() => granted(twice)).toThrow(expect.objectContaining({ code: "BAD_CAPABILITY" }));
  });

  it("names the nearest capability for an unknown one", () => {
    expect(() => granted('capabilities = ["read_mempol"]')).toThrow("did you mean read_mempool?");
    expect(() => granted('capabilities = ["ReadUTXOs"]')).toThrow("did you mean ReadUTXO?");
  });

  it.each(['"read_utxo"', "[1]", "[[]]", "{ a = 1 }", '["constructor"]', '["qqqqqqqqqqqqqqqq"]'])(
    "refuses %s as a list of capabilities",
    (value) => {
      expect(() => granted(`capabilities = ${value}`)).toThrow(
        expect.objectContaining({ code: "BAD_CAPABILITY" }),
      );
    },
  );
});
