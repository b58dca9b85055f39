import type { LayerId } from "../../../src/sandbox/layer.js";
import type { HostKind } from "../../kit/sandbox-attack.js";

/** Attempts that end alike, and what proves that it is the sandbox that ends them. */
export interface AttemptGroup {
  /** How they end under all layers: the name of an errno, several with "|" between them, or "done". */
  readonly ends: string;
  /** Without these layers they succeed; with one of several left out they still don't. */
  readonly opensWithout?: readonly LayerId[];
  /** Without these layers they end otherwise: the kernel looks at what it was asked for. */
  readonly reachesKernelWithout?: readonly LayerId[];
  /** Under which hosts that is so; where modules are another user than the host, that alone denies the rest. Default: all. */
  readonly hosts?: readonly HostKind[];
  /** Why they fail on a plain machine as well, or on this one. */
  readonly whyNever?: string;
  /** Why they may succeed. */
  readonly whyHarmless?: string;
  readonly attempts: readonly string[];
}
