import { describe, expect, it } from "vitest";
import { startIpcHost } from "../kit/ipc-host.js";

describe("a module's log line", () => {
  it("keeps fields whose texts hold characters that a terminal must not get", async () => {
    await using host = await startIpcHost();
    const { connect } = await host.open("probe");
    await using client = await connect();
    const family = "\u{1f468}\u200d\u{1f469}";
    client.send(3, "info", "probe", "hello", 0, {
      family,
      "\u202ekey": ["a\u007fb", { deep: "\u00ad" }],
      plain: 1,
    });
    client.request(2, "GetChainTip");
    await client.answer(2);
    const line = host.log.lines.find(({ message }) => message === "hello");
    expect(line?.fields.fields).toEqual({
      family: "\u{1f468}\\u{200d}\u{1f469}",
      "\\u{202e}key": ["a\\x7fb", { deep: "\\xad" }],
      plain: 1,
    });
  });
});
