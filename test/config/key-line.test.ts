import { describe, expect, it } from "vitest";
import { keyLine } from "../../src/config/key-line.js";

const text = `# host
log.level = "x"
[http]
  port = 1 # here
"host" = "y"

[modules."web-hook".delivery]
capacity = 1
[[list]]
a = 1
`;

describe("keyLine", () => {
  it("finds keys under headers, dotted, quoted and indented", () => {
    expect(keyLine(text, ["http", "port"])).toBe(4);
    expect(keyLine(text, ["http", "host"])).toBe(5);
    expect(keyLine(text, ["log", "level"])).toBe(2);
    expect(keyLine(text, ["modules", "web-hook", "delivery", "capacity"])).toBe(8);
  });

  it("finds the header of a table and knows nothing of absent keys", () => {
    expect(keyLine(text, ["modules", "web-hook"])).toBe(7);
    expect(keyLine(text, ["list"])).toBe(9);
    expect(keyLine(text, ["ipc", "port"])).toBeUndefined();
  });
});
