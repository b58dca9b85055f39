import { fault } from "../evaluation-fault.js";
import { listSteps, type StepMeter, textSteps } from "../step-meter.js";
import { asList, asNumber, asText, type ExpressionFunction, wrongArgument } from "./expression-function.js";

type Numeric = number | bigint;

function numbersOf(value: unknown, where: string, meter: StepMeter): readonly Numeric[] {
  const list = asList(value, where);
  meter.charge(listSteps(list.length));
  for (const item of list)
    if (typeof item !== "number" && typeof item !== "bigint")
      throw wrongArgument(item, "list of numbers", where);
  return list as readonly Numeric[];
}

function someNumbersOf(value: unknown, where: string, meter: StepMeter): readonly Numeric[] {
  const numbers = numbersOf(value, where, meter);
  if (numbers.length === 0) throw fault(`${where} of an empty list`);
  return numbers;
}

/** The first of those beyond which none lies; ints stay ints. */
function extreme(
  numbers: readonly Numeric[],
  isBeyond: (number: Numeric, found: Numeric) => boolean,
): Numeric {
  return numbers.reduce((found, number) => (isBeyond(number, found) ? number : found));
}

function sum(numbers: readonly Numeric[]): number {
  let total = 0;
  for (const number of numbers) total += Number(number);
  return total;
}

/** Linear between the two closest ranks, as numpy and most dashboards have it. */
function percentile(numbers: readonly Numeric[], percent: number): number {
  if (!(percent >= 0 && percent <= 100)) throw fault(`percentile takes 0 to 100, not ${percent}`);
  const sorted = Float64Array.from(numbers, Number).sort();
  const rank = (percent / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] as number;
  const above = sorted[Math.ceil(rank)] as number;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Over lists: of what a window collected, or what a `map` made of it. */
export const listFunctions: readonly ExpressionFunction[] = [
  {
    name: "max",
    signatures: ["max(list<T>): T"],
    about: "The greatest number of a list; an empty list has none, and the evaluation fails.",
    example: "max([3, 1, 2]) == 3",
    call: ([list], meter) => extreme(someNumbersOf(list, "max", meter), (a, b) => a > b),
  },
  {
    name: "min",
    signatures: ["min(list<T>): T"],
    about: "The least number of a list; an empty list has none, and the evaluation fails.",
    example: "min([3, 1, 2]) == 1",
    call: ([list], meter) => extreme(someNumbersOf(list, "min", meter), (a, b) => a < b),
  },
  {
    name: "sum",
    signatures: ["sum(list): double"],
    about: "The sum of a list's numbers; 0 of an empty list.",
    example: "sum([1, 2.5]) == 3.5",
    call: ([list], meter) => sum(numbersOf(list, "sum", meter)),
  },
  {
    name: "avg",
    signatures: ["avg(list): double"],
    about: "The mean of a list's numbers; an empty list has none, and the evaluation fails.",
    example: "avg([1, 2]) == 1.5",
    call: ([list], meter) => {
      const numbers = someNumbersOf(list, "avg", meter);
      return sum(numbers) / numbers.length;
    },
  },
  {
    name: "percentile",
    signatures: ["percentile(list, double): double", "percentile(list, int): double"],
    about:
      "The value below which so many percent (0 to 100) of a list's numbers lie, interpolated between the two closest ones.",
    example: "percentile([1, 2, 3, 4, 5], 75) == 4.0",
    call: ([list, percent], meter) => {
      const numbers = someNumbersOf(list, "percentile", meter);
      meter.charge(numbers.length * 2);
      return percentile(numbers, asNumber(percent, "percentile"));
    },
  },
  {
    name: "join",
    isMethod: true,
    isOfCel: true,
    signatures: ["list<string>.join(): string", "list<string>.join(string): string"],
    about: "A list's texts one after another, with the separator between them.",
    example: '["a", "b"].join(", ") == "a, b"',
    call: ([list, separator = ""], meter) => {
      const parts = asList(list, "join");
      const between = asText(separator, "join");
      meter.charge(listSteps(parts.length));
      let characters = between.length * parts.length;
      for (const part of parts) characters += asText(part, "join").length;
      meter.charge(textSteps(characters));
      return parts.join(between);
    },
  },
];
