import { describe, it } from "vitest";
import { falls } from "./falls.js";

describe("a row without its guard, second half", () => {
  it.each(falls(1))("%s", async (_title, fall) => {
    await fall();
  });
});
