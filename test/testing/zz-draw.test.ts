import { readdirSync, writeFileSync } from "node:fs";
import { it } from "vitest";
import { drawRecording } from "../../src/testing/index.js";
import { readMarbleRow } from "../../src/testing/read-marble-row.js";
import { recordMarbles } from "../../src/testing/record-marbles.js";
import { marbleTest } from "../../src/testing/index.js";
it("draws", async () => {
  let out = "";
  for (const f of readdirSync("marbles").filter((x) => x.endsWith(".ts"))) {
    const t = (await import(process.cwd() + "/marbles/" + f)).default;
    out += `\n#### ${t.title}\n`;
    for (const r of t.rows) {
      let verdict = "OK";
      try { marbleTest(r); } catch (e) { verdict = String((e as Error).message).split("\n\n")[0]!; }
      out += `\n--- ${r.name}\n${verdict}\n`;
      try { out += drawRecording(recordMarbles(readMarbleRow(r))) + "\n"; } catch (e) { out += "!! " + (e as Error).message + "\n"; }
    }
  }
  writeFileSync("/tmp/marbles.out", out);
});
