import { describe, expect, it } from "vitest";
import { readFilePath } from "../../../src/node-api/files/file-path.js";
import { Dice } from "../../fuzz/dice.js";
import { shortForm } from "../../kit/campaign.js";
import { drawPath, isProper } from "./path-cases.js";
import { playPaths } from "./path-tree.js";

describe("a path of any making", () => {
  it("is taken exactly when the standard library leaves it as it is, below the top", {
    timeout: 60_000,
  }, () => {
    const dice = new Dice(1, 1);
    let taken = 0;
    for (let n = 0; n < shortForm(1_000_000, 50_000); n++) {
      const path = drawPath(dice);
      const read = readFilePath(path);
      const isTaken = "parts" in read;
      if (isTaken !== isProper(path))
        expect.fail(`${JSON.stringify(path)} is judged ${JSON.stringify(read)}`);
      if (!isTaken) continue;
      taken++;
      if (read.parts.join("/") !== path) expect.fail(`${JSON.stringify(path)} came apart as ${read.parts}`);
    }
    expect(taken).toBeGreaterThan(5000);
  });

  it("leads nowhere but below the module's directory, in a tree full of links", {
    timeout: 60_000,
  }, async () => {
    const figures = await playPaths(1, 1500);
    expect(figures).toMatchObject({ cases: 1500, escapes: [], wronglyRefused: [] });
    expect(figures.served).toBeGreaterThan(50);
    const codes = ["BAD_PATH", "SYMLINK_REFUSED", "NOT_REGULAR", "FILE_NOT_FOUND"];
    expect(Object.keys(figures.codes)).toEqual(expect.arrayContaining(codes));
  });
});
