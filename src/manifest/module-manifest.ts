import type { Capability } from "./capability.js";
import type { VersionRange } from "./version-range.js";

/** N of M: how many of the listed signers must have signed. */
export interface Threshold {
  readonly required: number;
  readonly total: number;
}

/** The file or the tree that is run: what the author measured. */
export interface ManifestBinary {
  /** SHA-256, 64 lower-case hex characters. */
  readonly hash: string;
  readonly sizeBytes: number | undefined;
  readonly downloadUrl: string | undefined;
}

/** One signature as the manifest carries it; nothing of it is checked yet but its form as text. */
export interface ManifestSigner {
  readonly name: string;
  /** Hex as written. */
  readonly publicKey: string;
  /** Hex as written. */
  readonly signature: string;
}

export interface ManifestSignatures {
  readonly threshold: Threshold;
  readonly maintainers: readonly ManifestSigner[];
}

export interface ManifestGovernance {
  readonly tier: string | undefined;
  readonly maintainers: readonly string[];
  readonly threshold: Threshold | undefined;
  readonly reviewPeriodDays: number | undefined;
}

/** Versions of the node that the module needs; enforced when it is loaded. */
export interface ManifestCompatibility {
  readonly minNodeVersion?: string | undefined;
  readonly minProtocolVersion?: string | undefined;
  readonly minConsensusVersion?: string | undefined;
  readonly testedWith: readonly string[];
}

export interface ManifestPayment {
  readonly required: boolean;
  readonly priceSats: number | undefined;
  readonly authorPaymentCode: string | undefined;
  readonly authorAddress: string | undefined;
  readonly commonsPaymentCode: string | undefined;
  readonly commonsAddress: string | undefined;
  readonly paymentSignature: string | undefined;
}

/** What a module says about itself in `module.toml`, checked. */
export interface ModuleManifest {
  readonly name: string;
  /** As written: the handshake must repeat it to the letter. */
  readonly version: string;
  /** Relative to the module's directory. */
  readonly entryPoint: string;
  readonly description: string;
  readonly author: string;
  /** Each once, in the order of the file. */
  readonly capabilities: readonly Capability[];
  /** By module name. `blvm-node` is no module: its range is the host's own version. */
  readonly dependencies: ReadonlyMap<string, VersionRange>;
  readonly optionalDependencies: ReadonlyMap<string, VersionRange>;
  /** What the author says of each key of the module's configuration. */
  readonly configSchema: ReadonlyMap<string, string>;
  readonly rpcOverrides: readonly string[];
  readonly binary: ManifestBinary | undefined;
  readonly signatures: ManifestSignatures | undefined;
  readonly governance: ManifestGovernance | undefined;
  readonly compatibility: ManifestCompatibility;
  readonly downloads: ReadonlyMap<string, { readonly url: string; readonly sha256: string }>;
  readonly payment: ManifestPayment | undefined;
}
