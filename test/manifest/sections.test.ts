import { describe, expect, it } from "vitest";
import { checkManifest } from "../../src/manifest/index.js";

const head = 'name = "a"\nversion = "1.0"\n';
const key = `02${"ab".repeat(32)}`;

/** `line key CODE` of every fault. */
function faultsOf(rest: string): string[] {
  return checkManifest(head + rest, "module.toml").faults.map(
    ({ code, details }) => `${details.line} ${details.key} ${code}`,
  );
}

function entries(count: number, entry: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => entry(index)).join("\n");
}

describe("the sections of a manifest", () => {
  it.each<[string, string]>([
    ["binary = 1", "3 binary BAD_MANIFEST"],
    ["[[binary]]", "3 binary BAD_MANIFEST"],
    ["[binary]", "3 binary.hash BAD_HASH"],
    ["[binary]\nhash = 5", "4 binary.hash BAD_HASH"],
    [`[binary]\nhash = "${"0a".repeat(32)}"\nsize = 1.5`, "5 binary.size BAD_MANIFEST"],
    [`[binary]\nhash = "${"0a".repeat(32)}"\nsize = 9007199254740992`, "5 binary.size BAD_MANIFEST"],
    [`[binary]\nhash = "${"0a".repeat(32)}"\ndownload_url = 1`, "5 binary.download_url BAD_MANIFEST"],
    ["dependencies = []", "3 dependencies BAD_MANIFEST"],
    ['[dependencies]\nb = { version = "1" }', "4 dependencies.b BAD_DEPENDENCY"],
    ['[dependencies]\nA_b = "1"', "4 dependencies.A_b BAD_DEPENDENCY"],
    ['[optional_dependencies]\nb = ">"', "4 optional_dependencies.b BAD_DEPENDENCY"],
    ["config_schema = 1", "3 config_schema BAD_MANIFEST"],
    ["[config_schema]\nk = 1", "4 config_schema.k BAD_MANIFEST"],
    ['rpc_overrides = "analyzepsbt"', "3 rpc_overrides BAD_MANIFEST"],
    ['rpc_overrides = ["analyzepsbt",\n"getblock"]', "4 rpc_overrides[1] BAD_RPC_OVERRIDE"],
    ["[governance]\ntier = 1", "4 governance.tier BAD_MANIFEST"],
    ["[governance]\nmaintainers = [1]", "4 governance.maintainers BAD_MANIFEST"],
    ["[governance]\nreview_period_days = 4294967296", "4 governance.review_period_days BAD_MANIFEST"],
    ['[governance]\nthreshold = "1-of-2"\nmaintainers = ["x"]', "4 governance.threshold BAD_THRESHOLD"],
    ['[compatibility]\nmin_node_version = "1"', "4 compatibility.min_node_version BAD_VERSION"],
    ["[compatibility]\nmin_protocol_version = 1.0", "4 compatibility.min_protocol_version BAD_VERSION"],
    ["[compatibility]\ntested_with = [1]", "4 compatibility.tested_with BAD_MANIFEST"],
    ["[compatibility]\ncapabilities = [\n5]", "5 compatibility.capabilities[0] BAD_CAPABILITY"],
    [`[downloads.p]\nsha256 = "${"0a".repeat(32)}"`, "3 downloads.p.url BAD_MANIFEST"],
    ['[downloads.p]\nurl = "u"', "3 downloads.p.sha256 BAD_HASH"],
    ["[downloads]\np = 1", "4 downloads.p BAD_MANIFEST"],
    ['[payment]\nrequired = "yes"', "4 payment.required BAD_MANIFEST"],
    ["[payment]\nprice_sats = 2100000000000001", "4 payment.price_sats BAD_MANIFEST"],
    ["[payment]\nauthor_address = 1", "4 payment.author_address BAD_MANIFEST"],
    ["[signatures]\nmaintainers = [1]", "4 signatures.maintainers BAD_MANIFEST"],
    [`[[signatures.maintainers]]\nname = "x"\nkey = "${key}"`, "3 signatures.threshold BAD_THRESHOLD"],
    ['[signatures]\nthreshold = "1-of-1"', "4 signatures.threshold BAD_THRESHOLD"],
    [
      `[signatures]\nthreshold = "1-of-1"\n[[signatures.maintainers]]\nkey = "${key}"`,
      "5 signatures.maintainers[0].name BAD_MANIFEST",
    ],
    ...["", "x".repeat(65), "a\\nb", "\\u202ex"].map((name): [string, string] => [
      `[signatures]\nthreshold = "1-of-1"\n[[signatures.maintainers]]\nkey = "${key}"\nname = "${name}"`,
      "7 signatures.maintainers[0].name BAD_MANIFEST",
    ]),
    [
      `[signatures]\nthreshold = "1-of-1"\n[[signatures.maintainers]]\nname = "x"`,
      "5 signatures.maintainers[0].public_key BAD_KEY",
    ],
    [
      `[signatures]\nthreshold = "1-of-1"\n[[signatures.maintainers]]\nname = "x"\nkey = "${key}"\npublic_key = "x"`,
      "8 signatures.maintainers[0].public_key MANIFEST_CONFLICT",
    ],
    [
      `[governance]\nmaintainers = ["x"]\n[signatures]\nthreshold = "1-of-1"\n[[signatures.maintainers]]\nname = "y"\nkey = "${key}"`,
      "8 signatures.maintainers[0].name MANIFEST_CONFLICT",
    ],
  ])("%j has the one fault %s", (rest, fault) => {
    expect(faultsOf(rest)).toEqual([fault]);
  });

  it.each<[string, number, (count: number) => string]>([
    ["dependencies", 256, (count) => `[dependencies]\n${entries(count, (i) => `d${i} = "*"`)}`],
    ["config_schema", 256, (count) => `[config_schema]\n${entries(count, (i) => `k${i} = ""`)}`],
    ["capabilities", 100, (count) => `capabilities = [${entries(count, () => '"read_utxo",')}]`],
    ["rpc_overrides", 100, (count) => `rpc_overrides = [${entries(count, () => '"analyzepsbt",')}]`],
    [
      "compatibility.tested_with",
      100,
      (count) => `[compatibility]\ntested_with = [${entries(count, () => '"1",')}]`,
    ],
    [
      "governance.maintainers",
      100,
      (count) => `[governance]\nmaintainers = [${entries(count, (i) => `"m${i}",`)}]`,
    ],
    [
      "signatures.maintainers",
      100,
      (count) =>
        `[signatures]\nthreshold = "1-of-100"\n${entries(count, () => `[[signatures.maintainers]]\nname = "x"\nkey = "${key}"`)}`,
    ],
    [
      "downloads",
      64,
      (count) => entries(count, (i) => `[downloads.p${i}]\nurl = "u"\nsha256 = "${"0a".repeat(32)}"`),
    ],
  ])("%s may have %i entries and no more", (name, max, text) => {
    expect(faultsOf(text(max))).toEqual([]);
    expect(faultsOf(text(max + 1))).toEqual([
      expect.stringMatching(new RegExp(`^\\d+ ${name} MANIFEST_LIMIT$`)),
    ]);
  });
});
