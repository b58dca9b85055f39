import { writeFileSync } from "node:fs";
import { it } from "vitest";
import { battlefield, hostKinds } from "../kit/sandbox-attack.js";
const sets = [[], ["filesystem"], ["network"], ["kernel"], ["limits"], ["filesystem","kernel"], ["network","kernel"], ["filesystem","network","kernel","limits"]] as const;
it("explores", { timeout: 300_000 }, async () => {
  const all: Record<string, Record<string, string>> = {};
  for (const kind of hostKinds) {
    await using field = await battlefield(kind);
    for (const prog of ["static", "attacker.mjs"]) for (const without of sets) {
      const t = Date.now();
      try {
      const out = await field.attack(prog, { without: [...without] });
      const key = `${kind[0]} ${prog[0]} -${without.map((w) => w[0]).join("")}`;
      console.log(key, out.size, Date.now() - t);
      for (const [n, o] of out) (all[`${prog[0]} ${n}`] ??= {})[`${kind[0]}-${without.map((w) => w[0]).join("")}`] = o;
      } catch (e) { console.log(kind, prog, without, String(e).slice(0, 400)); }
    }
    for (const [p,a] of [["dynamic",[]],["static",["from-data"]],["static",["i386"]],["static",["x32"]],["attacker.mjs",["native"]]] as const) { const r = await field.run(p, { args: [...a] }); console.log(p, a, r.output.split("\n").length, r.code, r.errors.slice(0,300), r.output.split("\n").slice(-4)); }
  }
  writeFileSync("/tmp/esc/explore.json", JSON.stringify(all, null, 1));
});
