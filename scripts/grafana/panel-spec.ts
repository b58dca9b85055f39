/** One expression of a panel, in Prometheus's language with Grafana's variables, and how its lines are called. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** Units by Grafana's names. */
export type Unit = "Bps" | "bytes" | "cps" | "eps" | "none" | "percentunit" | "reqps" | "s" | "short";

export type Colour = "green" | "orange" | "red" | "blue" | "text";

/** From this value on the colour holds; null is the colour before the first step. */
export interface Step {
  readonly from: number | null;
  readonly colour: Colour;
}

/** How a value that stands for a state is shown. */
export interface State {
  readonly value: number;
  readonly text: string;
  readonly colour: Colour;
}

/** One panel as an operator knows it; how Grafana wants it said is build-panel's business. */
export interface Panel {
  /**
   * - stat: the newest values in large; table: one row for each line of the answer, of its labels alone when the unit is none
   * - lines: values over time; bars: counts over time, on top of each other
   * - heatmap: a histogram over time; cells: one row for each line, coloured by value; states: one row for each, in bands
   */
  readonly kind: "stat" | "table" | "lines" | "bars" | "heatmap" | "cells" | "states";
  readonly title: string;
  /** What it shows, what is ordinary, and what it means when it isn't. It is also the reference page's text. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** In 24ths of the board's width. */
  readonly width: number;
  /** Alerts that look at the same numbers. */
  readonly alerts?: readonly string[];
  readonly steps?: readonly Step[];
  /** The names of the lines or values that the steps are about. Default: all. */
  readonly judged?: RegExp;
  readonly states?: readonly State[];
  /** The names of lines of which everything above 0 is bad; in a table all lines. */
  readonly losses?: RegExp;
  /** The areas of its lines stand on top of each other. */
  readonly isStacked?: boolean;
  /** The names of lines that are bounds of the others. */
  readonly bounds?: RegExp;
  /** What stands there when the answer is empty, where an empty answer is good news. */
  readonly whenEmpty?: string;
}

/** Panels side by side; what doesn't fit the width goes to the next line. */
export interface Row {
  readonly title: string;
  /** In Grafana's grid units. Default: 8. */
  readonly height?: number;
  readonly panels: readonly Panel[];
}

/** What a viewer chooses at the top of a board: `$name` in expressions. */
export interface Variable {
  readonly name: "instance" | "module" | "event_type" | "pipeline";
  readonly label: string;
  readonly description: string;
  /** Whose label of that name has the values to choose from. */
  readonly of: string;
  /** Several may be chosen, and all of them are at first. */
  readonly isMany: boolean;
}

export interface Board {
  /** Also the name of its file. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}

/** Green until `red`, with a warning before it where there is one. */
export function badFrom(red: number, orange?: number): readonly Step[] {
  const warning: readonly Step[] = orange === undefined ? [] : [{ from: orange, colour: "orange" }];
  return [{ from: null, colour: "green" }, ...warning, { from: red, colour: "red" }];
}
