import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { authorLog } from "../../src/cli/author-log.js";

function logTo(moduleName: string | undefined, columns?: number) {
  const stdout = new PassThrough();
  const output = { stdout, stderr: new PassThrough(), columns };
  const log = authorLog(output, {
    moduleName: () => moduleName,
    nowMs: () => Date.UTC(2024, 0, 1, 12, 30, 1, 5),
  });
  return { log, text: () => String(stdout.read() ?? "") };
}

describe("authorLog", () => {
  it("shows all that the module says, with its fields", () => {
    const { log, text } = logTo("alpha");
    const module = log.child({ module: "alpha" });
    module.debug({ target: "alpha" }, "small talk");
    module.info({ target: "alpha", fields: { block_hash: "00ff", text: "two words" } }, "block 5");
    module.warn({ stream: "stderr" }, "written to stderr");
    expect(text()).toBe(
      [
        "12:30:01.005 DEBUG alpha: small talk",
        '12:30:01.005 INFO  alpha: block 5 block_hash=00ff text="two words"',
        "12:30:01.005 WARN  alpha: written to stderr",
        "",
      ].join("\n"),
    );
  });

  it("shows the host's errors, each of its warnings once, and nothing less", () => {
    const { log, text } = logTo("alpha");
    log.info({}, "the host is open");
    for (let time = 0; time < 2; time++) {
      log.warn({}, "not signed");
      log.error({ err: new Error("broken pipe") }, "it failed");
    }
    expect(text().split("\n")).toEqual([
      "12:30:01.005 WARN  host: not signed",
      "12:30:01.005 ERROR host: it failed broken pipe",
      "12:30:01.005 ERROR host: it failed broken pipe",
      "",
    ]);
  });

  it("lets no text move the cursor, and survives values without a JSON form", () => {
    const { log, text } = logTo("alpha");
    log.info({ target: "alpha", big: 5n, nothing: undefined }, "a\u001b[2Jb\nc");
    expect(text()).toBe('12:30:01.005 INFO  alpha: a?[2Jb?c big="5" nothing=none\n');
  });
});
