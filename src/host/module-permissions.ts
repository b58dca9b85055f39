import { type Capability, capabilities } from "../manifest/index.js";
import { requestDefinition, requestNames } from "../requests/index.js";
import { type ModuleSandbox, withheldGrants } from "../sandbox/index.js";
import type { ModuleListing } from "../supervisor/index.js";

/** One capability of a module: what its manifest says, and what the module did. */
interface PermissionRow {
  readonly capability: Capability;
  readonly description: string;
  readonly declared: boolean;
  /** The key of the configuration that keeps it from the module although it is declared. */
  readonly withheld_by: string | null;
  /** Requests since the host's start, also those of earlier loads. */
  readonly allowed: number;
  readonly denied: number;
  /** False where no request needs it, so that its use doesn't show. */
  readonly counted: boolean;
}

/** What a module may do and what it did with that, as `modules permissions` prints it. */
export interface ModulePermissions {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  /** Those that are declared or were asked for, in the order of the reference page. */
  readonly permissions: readonly PermissionRow[];
  /** What was used, and what is declared and can't be counted. */
  readonly smallest: readonly Capability[];
}

type Uses = ReadonlyMap<Capability, { readonly allowed: number; readonly denied: number }>;

/** Compares what a manifest declares with what was asked for. */
export function modulePermissions(
  {
    name,
    version,
    state,
    capabilities: declared,
    sandbox,
  }: Pick<ModuleListing, "name" | "version" | "state" | "capabilities"> & { sandbox: ModuleSandbox | null },
  uses: Uses,
): ModulePermissions {
  const guarded = new Set(requestNames.map((request) => requestDefinition(request).permission));
  const withheld = sandbox === null ? [] : withheldGrants({ moduleName: name, ...sandbox }, declared);
  const permissions = capabilities
    .map(({ name: capability, description }): PermissionRow => {
      const { allowed, denied } = uses.get(capability) ?? { allowed: 0, denied: 0 };
      return {
        capability,
        description,
        declared: declared.includes(capability),
        withheld_by: withheld.find((grant) => grant.capability === capability)?.key ?? null,
        allowed,
        denied,
        counted: guarded.has(capability),
      };
    })
    .filter((row) => row.declared || row.allowed > 0 || row.denied > 0);
  const smallest = permissions
    .filter((row) => row.declared && (row.allowed > 0 || !row.counted))
    .map(({ capability }) => capability);
  return { name, version, state, permissions, smallest };
}
