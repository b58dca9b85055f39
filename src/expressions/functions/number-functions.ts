import { checkedInt } from "../evaluate/operators.js";
import { fault } from "../evaluation-fault.js";
import { asInt, asNumber, type ExpressionFunction } from "./expression-function.js";

const MAX_DIGITS = 15;

/** Halves go away from zero, as people round: `round(2.5)` is 3, `round(-2.5)` is -3. */
function rounded(value: number, digits: number): number {
  const magnitude = Math.abs(value);
  // Through the decimal text, since 1.005 * 100 is 100.49999999999999.
  const scaled = Math.round(Number(shifted(magnitude, digits)));
  const result = Number(shifted(scaled, -digits));
  return Number.isFinite(result) ? Math.sign(value) * result : value;
}

function shifted(value: number, digits: number): string {
  const [mantissa, exponent = "0"] = String(value).split("e");
  return `${mantissa}e${Number(exponent) + digits}`;
}

export const numberFunctions: readonly ExpressionFunction[] = [
  {
    name: "abs",
    signatures: ["abs(double): double", "abs(int): int"],
    about: "A number without its sign.",
    example: "abs(-1.5) == 1.5",
    call: ([value]) => {
      if (typeof value === "bigint") return checkedInt(value < 0n ? -value : value);
      return Math.abs(asNumber(value, "abs"));
    },
  },
  {
    name: "round",
    signatures: ["round(double): double", "round(double, int): double"],
    about: `A number rounded to so many decimal places (0 to ${MAX_DIGITS}, 0 by default), halves away from zero.`,
    example: "round(2.345, 2) == 2.35",
    call: ([value, digits = 0n]) => {
      const places = Number(asInt(digits, "round"));
      if (places < 0 || places > MAX_DIGITS)
        throw fault(`round takes 0 to ${MAX_DIGITS} places, not ${places}`);
      return rounded(asNumber(value, "round"), places);
    },
  },
  {
    name: "floor",
    signatures: ["floor(double): double"],
    about: "The greatest whole number that is not above; a double, so that it mixes with fields.",
    example: "floor(2.7) == 2.0",
    call: ([value]) => Math.floor(asNumber(value, "floor")),
  },
  {
    name: "ceil",
    signatures: ["ceil(double): double"],
    about: "The least whole number that is not below; a double.",
    example: "ceil(2.1) == 3.0",
    call: ([value]) => Math.ceil(asNumber(value, "ceil")),
  },
  {
    name: "bit",
    signatures: ["bit(int, int): bool"],
    about: "Whether a bit of a bit set is set; bit 0 is the lowest.",
    example: "bit(5, 2) && !bit(5, 1)",
    call: ([set, index]) => {
      const position = asInt(index, "bit");
      if (position < 0n || position > 63n) throw fault(`bit takes 0 to 63, not ${position}`);
      return ((asInt(set, "bit") >> position) & 1n) === 1n;
    },
  },
  {
    name: "int",
    isOfCel: true,
    signatures: ["int(int): int", "int(double): int", "int(string): int"],
    about: "A number without its fraction, or the int that a text shows; 64 bits.",
    example: "int(2.7) == 2",
    call: ([value]) => {
      if (typeof value === "bigint") return value;
      if (typeof value === "number" && Number.isFinite(value)) return checkedInt(BigInt(Math.trunc(value)));
      if (typeof value === "string" && /^[+-]?[0-9]{1,19}$/.test(value)) return checkedInt(BigInt(value));
      throw fault("int() takes a finite number or the text of an int");
    },
  },
  {
    name: "double",
    isOfCel: true,
    signatures: ["double(double): double", "double(int): double", "double(string): double"],
    about: "A number as a double, or the one that a text shows.",
    example: "double(1) / 2.0 == 0.5",
    call: ([value]) => {
      if (typeof value !== "string") return asNumber(value, "double");
      const isShown = value.length <= 64 && value !== "" && value === value.trim();
      const number = isShown ? Number(value) : Number.NaN;
      if (Number.isNaN(number)) throw fault("double() takes the text of a number");
      return number;
    },
  },
];
