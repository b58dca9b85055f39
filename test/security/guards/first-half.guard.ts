import { describe, it } from "vitest";
import { falls } from "./falls.js";

describe("a row without its guard, first half", () => {
  it.each(falls(0))("%s", async (_title, fall) => {
    await fall();
  });
});
