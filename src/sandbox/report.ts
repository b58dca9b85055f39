import type { LayerId } from "./layer.js";

/**
 * How far a layer can be relied on: `enforced` only when a module that was started through the same code was denied all
 * that the layer denies; `partial` when some of it was denied; `missing` when the machine doesn't offer it, or the denials
 * weren't seen; `off` when the configuration says so.
 */
export type LayerStatus = "enforced" | "partial" | "missing" | "off";

/** One thing that was tried from within. */
export interface Denial {
  /** What was tried, in words. */
  readonly attempt: string;
  /** How it was to end, for example "EPERM". */
  readonly expected: string;
  /** How it ended: an errno's name, "succeeded", or a value. */
  readonly seen: string;
  readonly isDenied: boolean;
}

export interface LayerReport {
  readonly id: LayerId;
  /** L0 to L8. */
  readonly number: number;
  readonly title: string;
  readonly status: LayerStatus;
  /** What does it: program and feature; null when nothing does. */
  readonly mechanism: string | null;
  /** Why it is not enforced: the errno, or what a program printed; null when it is. */
  readonly reason: string | null;
  /** What a module could do because of that, a whole sentence; null when it is enforced. */
  readonly consequence: string | null;
  /** What the operator can do about it; null when it is enforced, or nothing can be done. */
  readonly remedy: string | null;
  readonly denials: readonly Denial[];
}

/** Which layers hold on this machine, as `blvm-streams doctor --json` prints it. */
export interface SandboxReport {
  readonly mode: "auto" | "strict" | "off";
  /** As `process.platform` and `process.arch` name them. */
  readonly platform: string;
  /** Whom modules run as when that is not the host's own user. */
  readonly user: string | null;
  /** In the order of their numbers. */
  readonly layers: readonly LayerReport[];
}
