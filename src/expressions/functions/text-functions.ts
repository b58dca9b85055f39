import { typeOfValue } from "../evaluate/type-values.js";
import { isMap, valueType } from "../evaluate/value-type.js";
import { fault } from "../evaluation-fault.js";
import { listSteps, type StepMeter, searchSteps, textSteps } from "../step-meter.js";
import { asBytes, asInt, asText, type ExpressionFunction } from "./expression-function.js";

function size(value: unknown, meter: StepMeter): bigint {
  if (typeof value === "string") {
    meter.charge(textSteps(value.length * 4));
    let characters = 0n;
    for (const _ of value) characters++;
    return characters;
  }
  if (Array.isArray(value) || value instanceof Uint8Array) return BigInt(value.length);
  if (!isMap(value)) throw fault(`a ${valueType(value)} has no size`);
  const keys = Object.keys(value);
  meter.charge(listSteps(keys.length));
  return BigInt(keys.length);
}

function searched(args: readonly unknown[], where: string, meter: StepMeter): [string, string] {
  const text = asText(args[0], where);
  const sought = asText(args[1], where);
  meter.charge(searchSteps(text.length, sought.length));
  return [text, sought];
}

/** Indices count UTF-16 units. */
function substring([value, from, to]: readonly unknown[], meter: StepMeter): string {
  const text = asText(value, "substring");
  const start = Number(asInt(from, "substring"));
  const end = to === undefined ? text.length : Number(asInt(to, "substring"));
  if (start < 0 || end < start || end > text.length)
    throw fault(`substring ${start} to ${end} of a text of ${text.length}`);
  meter.charge(textSteps(end - start));
  return text.slice(start, end);
}

function shown(value: unknown, meter: StepMeter): string {
  switch (typeof value) {
    case "string":
      return value;
    case "bigint":
    case "boolean":
      return String(value);
    case "number":
      if (value === Number.POSITIVE_INFINITY) return "+Inf";
      return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
    default: {
      const bytes = asBytes(value, "string");
      meter.charge(textSteps(bytes.length));
      return new TextDecoder().decode(bytes);
    }
  }
}

function method(
  name: string,
  signature: string,
  about: string,
  example: string,
  call: ExpressionFunction["call"],
): ExpressionFunction {
  return { name, isMethod: true, isOfCel: true, signatures: [signature], about, example, call };
}

function wholeText(name: string, change: (text: string) => string): ExpressionFunction["call"] {
  return ([value], meter) => {
    const text = asText(value, name);
    meter.charge(textSteps(text.length));
    return change(text);
  };
}

const sizes = ["string", "bytes", "list", "map"] as const;

export const textFunctions: readonly ExpressionFunction[] = [
  {
    name: "size",
    isOfCel: true,
    signatures: sizes.map((type) => `size(${type}): int`),
    about: "How many characters, bytes, elements or keys there are.",
    example: "size([1, 2]) == 2",
    call: ([value], meter) => size(value, meter),
  },
  {
    name: "size",
    isMethod: true,
    isOfCel: true,
    signatures: sizes.map((type) => `${type}.size(): int`),
    about: "The same, called on the value.",
    example: '"abc".size() == 3',
    call: ([value], meter) => size(value, meter),
  },
  method(
    "contains",
    "string.contains(string): bool",
    "Whether a text stands in another.",
    '"timeout".contains("out")',
    (args, meter) => {
      const [text, sought] = searched(args, "contains", meter);
      return text.includes(sought);
    },
  ),
  method(
    "startsWith",
    "string.startsWith(string): bool",
    "Whether a text begins with another.",
    '"module:a".startsWith("module:")',
    ([text, beginning], meter) => {
      const sought = asText(beginning, "startsWith");
      meter.charge(textSteps(sought.length));
      return asText(text, "startsWith").startsWith(sought);
    },
  ),
  method(
    "endsWith",
    "string.endsWith(string): bool",
    "Whether a text ends with another.",
    '"abc".endsWith("bc")',
    ([text, end], meter) => {
      const sought = asText(end, "endsWith");
      meter.charge(textSteps(sought.length));
      return asText(text, "endsWith").endsWith(sought);
    },
  ),
  method(
    "indexOf",
    "string.indexOf(string): int",
    "Where a text first stands in another, -1 where it doesn't.",
    '"abc".indexOf("c") == 2',
    (args, meter) => {
      const [text, sought] = searched(args, "indexOf", meter);
      return BigInt(text.indexOf(sought));
    },
  ),
  {
    name: "substring",
    isMethod: true,
    isOfCel: true,
    signatures: ["string.substring(int): string", "string.substring(int, int): string"],
    about: "The part of a text from an index, up to another one or the end.",
    example: '"abcdef".substring(0, 2) == "ab"',
    call: substring,
  },
  method(
    "lowerAscii",
    "string.lowerAscii(): string",
    "A text with its letters A to Z in lower case; others stay.",
    '"aB".lowerAscii() == "ab"',
    wholeText("lowerAscii", (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())),
  ),
  method(
    "upperAscii",
    "string.upperAscii(): string",
    "A text with its letters a to z in upper case; others stay.",
    '"aB".upperAscii() == "AB"',
    wholeText("upperAscii", (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())),
  ),
  method(
    "trim",
    "string.trim(): string",
    "A text without the white space around it.",
    '" a ".trim() == "a"',
    wholeText("trim", (text) => text.trim()),
  ),
  method(
    "split",
    "string.split(string): list<string>",
    "The parts of a text between separators.",
    '"module:a".split(":")[1] == "a"',
    (args, meter) => {
      const [text, separator] = searched(args, "split", meter);
      // A part may be a single character.
      meter.charge(listSteps(text.length));
      return text.split(separator);
    },
  ),
  method(
    "hex",
    "bytes.hex(): string",
    "Bytes in lower-case hex.",
    'b"ab".hex() == "6162"',
    ([value], meter) => {
      const bytes = asBytes(value, "hex");
      meter.charge(textSteps(bytes.length * 2));
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
    },
  ),
  method("at", "bytes.at(int): int", "One byte of bytes.", 'b"ab".at(0) == 97', ([value, index]) => {
    const bytes = asBytes(value, "at");
    const byte = bytes[Number(asInt(index, "at"))];
    if (byte === undefined) throw fault(`byte ${String(index)} of ${bytes.length}`);
    return BigInt(byte);
  }),
  {
    name: "string",
    isOfCel: true,
    signatures: ["string", "bool", "int", "double", "bytes"].map((type) => `string(${type}): string`),
    about: "A value as text; bytes are read as UTF-8.",
    example: 'string(5) + "!" == "5!"',
    call: ([value], meter) => shown(value, meter),
  },
  {
    name: "type",
    isOfCel: true,
    signatures: ["type(dyn): type"],
    about:
      "The type of a value, to be compared with bool, int, double, string, bytes, list, map or null_type.",
    example: 'type(dyn("a")) == string && type(1.5) != int',
    call: ([value]) => typeOfValue(value),
  },
  {
    name: "dyn",
    isOfCel: true,
    signatures: ["dyn(dyn): dyn"],
    about: "The same value, and the checker forgets its type.",
    example: 'dyn(5) != "5"',
    call: ([value]) => value,
  },
];
