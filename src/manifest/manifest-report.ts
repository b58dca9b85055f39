import type { EngineError } from "../errors.js";
import { type ManifestFault, manifestErrors } from "./errors.js";
import { locateKeys } from "./key-lines.js";
import { type KeyPath, keyPathText } from "./key-path.js";
import { showValue } from "./show-value.js";

/** The most faults, placeholders and warnings, each, that are kept of one manifest. */
export const maxFindings = 100;

/** The codes of faults that a value in a manifest can have. */
export type FaultCode = Exclude<keyof typeof manifestErrors, "MANIFEST_FAULTY" | "NODE_INCOMPATIBLE">;

/** What is wrong at one place; file, line and key are added by the report. */
export type Finding = Pick<ManifestFault, "found" | "allowed" | "remedy">;

/** Something in a manifest that is odd but keeps nothing from loading. */
export interface ManifestWarning {
  readonly file: string;
  readonly line: number | undefined;
  readonly key: string;
  readonly text: string;
}

/** Collects what is found in one manifest, at most {@link maxFindings} of each kind, and finds the lines. */
export class ManifestReport {
  readonly faults: EngineError<string, ManifestFault>[] = [];
  /** Values that only hold the place of real ones: harmless to read, useless to publish. */
  readonly placeholders: EngineError<string, ManifestFault>[] = [];
  readonly warnings: ManifestWarning[] = [];
  readonly #file: string;
  readonly #text: string;
  #lineOf: ((path: KeyPath) => number | undefined) | undefined;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  refuse(code: FaultCode, path: KeyPath, finding: Finding): void {
    if (this.faults.length < maxFindings) {
      this.faults.push(manifestErrors[code]({ ...this.#place(path), ...finding }));
    }
  }

  markPlaceholder(path: KeyPath, value: string): void {
    if (this.placeholders.length >= maxFindings) return;
    const found = `${showValue(value)}, which only holds a place`;
    const allowed = "the real value";
    const remedy = "fill it in before you publish the module";
    this.placeholders.push(manifestErrors.PLACEHOLDER({ ...this.#place(path), found, allowed, remedy }));
  }

  warn(path: KeyPath, text: string): void {
    if (this.warnings.length < maxFindings) this.warnings.push({ ...this.#place(path), text });
  }

  #place(path: KeyPath) {
    this.#lineOf ??= locateKeys(this.#text);
    return { file: this.#file, line: this.#lineOf(path), key: keyPathText(path) };
  }
}
