import type { EngineError } from "../errors.js";
import { type ManifestFault, manifestErrors } from "./errors.js";
import { ManifestReport, type ManifestWarning } from "./manifest-report.js";
import type { ModuleManifest } from "./module-manifest.js";
import { readBinary } from "./sections/binary.js";
import { readCapabilities } from "./sections/capabilities.js";
import { readCompatibility } from "./sections/compatibility.js";
import { readConfigSchema } from "./sections/config-schema.js";
import { readDependencies, warnOfOddDependencies } from "./sections/dependencies.js";
import { readDownloads } from "./sections/downloads.js";
import { readGovernance } from "./sections/governance.js";
import { readEntryPoint, readName, readVersion } from "./sections/identity.js";
import { readPayment } from "./sections/payment.js";
import { readRpcOverrides } from "./sections/rpc-overrides.js";
import { readSignatures } from "./sections/signatures.js";
import { maxTextFileBytes } from "./small-text-file.js";
import { TableReader } from "./table-reader.js";
import { parseToml } from "./toml-table.js";

/** All that one pass over a manifest found; each list holds at most 100 entries, in the order of their reading. */
export type CheckedManifest = (
  | { readonly manifest: ModuleManifest; readonly faults: readonly [] }
  | { readonly manifest: undefined; readonly faults: readonly [Fault, ...Fault[]] }
) & {
  /** PLACEHOLDER each. They keep no module from being read; verification refuses what needs the real value. */
  readonly placeholders: readonly Fault[];
  readonly warnings: readonly ManifestWarning[];
};

type Fault = EngineError<string, ManifestFault>;

/**
 * Checks the text of a `module.toml` and finds everything that is wrong with it at once; `file` only names it in
 * messages. A text that is too large or no TOML has that one fault. Never throws.
 * Codes: all of `manifestErrors` that speak of manifests.
 */
export function checkManifest(text: string, file: string): CheckedManifest {
  if (Buffer.byteLength(text) > maxTextFileBytes) return tooLargeManifest(file);
  const outcome = parseToml(text);
  if (!outcome.ok) {
    const { kind, ...fault } = outcome.fault;
    const code = kind === "unsafe-key" ? "BAD_KEY" : "BAD_MANIFEST";
    return onlyFault(manifestErrors[code]({ file, ...fault, remedy: "correct or remove it" }));
  }
  const report = new ManifestReport(file, text);
  const manifest = readSections(new TableReader(outcome.table, [], report));
  const { faults, placeholders, warnings } = report;
  const [first, ...others] = faults;
  if (first !== undefined) return { manifest: undefined, faults: [first, ...others], placeholders, warnings };
  return { manifest, faults: [], placeholders, warnings };
}

/** What is found of a manifest that is not parsed because it is larger than 64 KiB. */
export function tooLargeManifest(file: string): CheckedManifest {
  return onlyFault(
    manifestErrors.MANIFEST_TOO_LARGE({
      file,
      key: "document",
      found: `more than ${maxTextFileBytes} bytes`,
      allowed: `at most ${maxTextFileBytes} bytes`,
      remedy: "move data out of the manifest",
    }),
  );
}

/** What is found of a manifest that can't be read any further. */
export function onlyFault(fault: Fault): CheckedManifest {
  return { manifest: undefined, faults: [fault], placeholders: [], warnings: [] };
}

function readSections(root: TableReader): ModuleManifest {
  const name = readName(root);
  const version = readVersion(root);
  const entryPoint = readEntryPoint(root) ?? name;
  const description = root.text("description") ?? "";
  const author = root.text("author") ?? "";
  const compatibility = root.table("compatibility");
  const capabilities = readCapabilities(root, compatibility);
  const hard = root.table("dependencies");
  const optional = root.table("optional_dependencies");
  const rpcOverrides = readRpcOverrides(root);
  const sections = ["config_schema", "binary", "governance", "signatures", "downloads", "payment"].map(
    (key) => root.table(key),
  );
  const [configSchema, binary, governanceTable, signatures, downloads, payment] = sections;
  const governance = readGovernance(governanceTable);
  // What is absent here is a fault in the report, and then nobody gets this manifest.
  const manifest = {
    name: name ?? "",
    version: version ?? "",
    entryPoint: entryPoint ?? "",
    description,
    author,
    capabilities,
    dependencies: readDependencies(hard),
    optionalDependencies: readDependencies(optional),
    configSchema: readConfigSchema(configSchema),
    rpcOverrides,
    binary: readBinary(binary),
    signatures: readSignatures(signatures, governance),
    governance,
    compatibility: readCompatibility(compatibility),
    downloads: readDownloads(downloads),
    payment: readPayment(payment),
  };
  warnOfOddDependencies(manifest, root);
  for (const table of [root, compatibility, hard, optional, ...sections]) table?.warnOfUnknownKeys();
  return manifest;
}
