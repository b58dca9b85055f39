/** What `/healthz` tells: 200 while status is ok, 503 before and after. */
export interface Health {
  readonly status: "starting" | "ok" | "stopping";
  /** Height of the chain's tip, null while it is unknown. */
  readonly height: number | null;
  /** State of each module by its name. */
  readonly modules: Readonly<Record<string, string>>;
}
