import { ipcErrors } from "../../ipc/index.js";
import { manifestErrors } from "../../manifest/index.js";
import type { Metric } from "../../requests/index.js";
import type { Caller } from "../dependencies.js";
import { nodeApiErrors } from "../errors.js";
import { nameProblem, prometheusName } from "./metric-name.js";
import { ModuleReport } from "./module-report.js";
import { NameClaims, type ReportedType } from "./name-claims.js";
import type { Observations } from "./observations.js";

/** Characters of names and labels in one answer. */
const MAX_ANSWER_CHARS = 4 * 1024 * 1024;

/** One metric at /metrics, of all modules that report it. */
export interface ReportedFamily {
  readonly name: string;
  readonly type: ReportedType;
  readonly help: string;
  readonly series: readonly {
    readonly labels: readonly (readonly [name: string, value: string])[];
    readonly value: number | Observations;
  }[];
}

interface Holder {
  readonly caller: Caller;
  readonly report: ModuleReport;
}

/**
 * The numbers that modules report. They go with the connection on which they were reported: a module that is gone, or
 * has come back, begins anew, as Prometheus expects of a process.
 */
export class ReportedMetrics {
  readonly #claims: NameClaims;
  readonly #holders = new Map<string, Holder>();

  /** `reserved` are names of lines at /metrics that no module may make. */
  constructor(reserved: ReadonlySet<string>) {
    this.#claims = new NameClaims(reserved);
  }

  /**
   * Sets a counter or gauge, or adds observations. A refused report changes nothing.
   * @throws BAD_NAME, NAME_TAKEN, METRICS_LIMIT
   */
  report(metric: Metric, caller: Caller): void {
    const problem = nameProblem(metric.name, Object.keys(metric.labels));
    if (problem !== undefined) {
      throw manifestErrors.BAD_NAME({
        file: "ReportMetric",
        key: problem.field,
        found: problem.found,
        allowed: problem.allowed,
        remedy: "rename it",
      });
    }
    const { report } = this.#holderOf(caller);
    const family = prometheusName(metric.name);
    const type = typeOf(metric);
    const spelled = report.families.get(family)?.name ?? metric.name;
    const taken =
      spelled === metric.name
        ? this.#claims.problemOf(family, type)
        : `your own "${spelled}", spelled otherwise`;
    if (taken !== undefined) throw nodeApiErrors.NAME_TAKEN({ what: "metric", name: family, holder: taken });
    const noRoom = report.take(family, type, metric);
    if (noRoom !== undefined) throw nodeApiErrors.METRICS_LIMIT({ problem: noRoom });
    this.#claims.claim(family, type, caller.moduleName);
  }

  /** What a module reported last, by name or id; empty when nothing. */
  of(module: string): Metric[] {
    const byName = this.#holders.get(module);
    const holder = byName ?? [...this.#holders.values()].find(({ caller }) => caller.moduleId === module);
    return holder?.report.told() ?? [];
  }

  /** The same of every module that reported, by name. @throws LIMIT when that is more than an answer should hold */
  all(): Record<string, Metric[]> {
    const reports = [...this.#holders.values()].map(({ report }) => report).filter(({ chars }) => chars > 0);
    const found = reports.reduce((sum, { chars }) => sum + chars, 0);
    if (found > MAX_ANSWER_CHARS) {
      const what = "text of all metrics together; GetModuleMetrics tells those of one: it";
      throw ipcErrors.LIMIT({ what, found, limit: MAX_ANSWER_CHARS });
    }
    return Object.fromEntries(reports.map((report) => [report.moduleName, report.told()]));
  }

  /** For /metrics: each name once, whoever reports it. */
  families(): ReportedFamily[] {
    const merged = new Map<string, ReportedFamily & { series: ReportedFamily["series"][number][] }>();
    for (const { report } of this.#holders.values()) {
      for (const [name, { type, name: spelled, series }] of report.families) {
        const present = merged.get(name);
        if (present !== undefined) present.series.push(...series.values());
        else
          merged.set(name, {
            name,
            type,
            help: `Reported by modules as ${spelled}.`,
            series: [...series.values()],
          });
      }
    }
    return [...merged.values()];
  }

  #holderOf(caller: Caller): Holder {
    const known = this.#holders.get(caller.moduleName);
    if (known?.caller === caller) return known;
    if (known !== undefined) this.#drop(known);
    const holder = { caller, report: new ModuleReport(caller.moduleName) };
    this.#holders.set(caller.moduleName, holder);
    caller.onClosed(() => this.#drop(holder));
    return holder;
  }

  #drop(holder: Holder): void {
    const { moduleName } = holder.caller;
    if (this.#holders.get(moduleName) !== holder) return;
    this.#holders.delete(moduleName);
    for (const name of holder.report.families.keys()) this.#claims.release(name, moduleName);
  }
}

function typeOf({ value }: Metric): ReportedType {
  if ("Counter" in value) return "counter";
  return "Gauge" in value ? "gauge" : "histogram";
}
