/** How a module is: one state, and why it is not healthy. */
export type ModuleHealth =
  | { readonly state: "healthy" }
  | { readonly state: "degraded"; readonly reason: string }
  | { readonly state: "unresponsive"; readonly reason: string }
  | { readonly state: "crashed"; readonly reason: string };

/** What a module may say of itself; that it crashed is for others to notice. */
export type OwnReport = Exclude<ModuleHealth, { readonly state: "crashed" }>;

/** The words of ModuleHealthChanged. */
export type HealthWord = "healthy" | "degraded" | "unhealthy";

/** What speaks against a module's health now. */
export interface HealthSigns {
  readonly crashReason: string | undefined;
  /** How long it has been silent, once that is too long. */
  readonly silentMs: number | undefined;
  /** Why the module itself says that it can't do its work. */
  readonly ownWord: string | undefined;
  /** Lesser complaints, as half sentences: `near its memory limit`. */
  readonly complaints: readonly string[];
}

/** The worst sign decides. */
export function judgeHealth({ crashReason, silentMs, ownWord, complaints }: HealthSigns): ModuleHealth {
  if (crashReason !== undefined) return { state: "crashed", reason: crashReason };
  if (silentMs !== undefined) {
    return { state: "unresponsive", reason: `silent for ${(silentMs / 1000).toFixed(1)} s` };
  }
  if (ownWord !== undefined) return { state: "unresponsive", reason: ownWord };
  if (complaints.length > 0) return { state: "degraded", reason: complaints.join(", ") };
  return { state: "healthy" };
}

/** The event's word for a state: an unresponsive module and a crashed one are both unhealthy. */
export function healthWord({ state }: ModuleHealth): HealthWord {
  switch (state) {
    case "healthy":
    case "degraded":
      return state;
    case "unresponsive":
    case "crashed":
      return "unhealthy";
  }
}
