import { InvalidArgumentError } from "commander";

/** The value of an option that counts something. @throws InvalidArgumentError, which commander prints */
export function parseCount(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text))
    throw new InvalidArgumentError("a whole number from 1 to 999999999999999 is expected.");
  return Number(text);
}
