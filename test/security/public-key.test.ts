import { createECDH } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parsePublicKey } from "../../src/security/public-key.js";

// The generator of secp256k1 (SEC 2, section 2.4.1).
const x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const y = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
const field = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f";

describe("parsePublicKey", () => {
  it.each([
    ["compressed", `02${x}`],
    ["uncompressed", `04${x}${y}`],
    ["upper case", `02${x}`.toUpperCase()],
    ["uncompressed in mixed case", `04${x.toUpperCase()}${y}`],
  ])("gives one key one form: %s", (_, text) => {
    expect(parsePublicKey(text)).toEqual({ ok: true, key: `02${x}` });
  });

  it("agrees with node:crypto about 20 keys in both encodings", () => {
    for (let index = 0; index < 20; index++) {
      const pair = createECDH("secp256k1");
      pair.generateKeys();
      const key = pair.getPublicKey("hex", "compressed");
      expect(parsePublicKey(key)).toEqual({ ok: true, key });
      expect(parsePublicKey(pair.getPublicKey("hex", "uncompressed"))).toEqual({ ok: true, key });
    }
  });

  it.each([
    ["nothing", "", "nothing"],
    ["infinity", "00", "infinity"],
    ["infinity as long as a key", "0".repeat(66), "infinity"],
    ["a hybrid key, even", `06${x}${y}`, "hybrid"],
    ["a hybrid key, odd", `07${x}${y}`, "hybrid"],
    ["an x-only key", x, "x-only"],
    ["x without a point", `02${"0".repeat(63)}5`, "no point"],
    ["y of another point", `04${x}${x}`, "no point"],
    ["x = 0 uncompressed", `04${"0".repeat(128)}`, "no point"],
    ["x above the field", `02${field}`, "no point"],
    ["the compressed form with a wrong length", `02${x}00`, "68 characters"],
    ["a prefix of hex", `0x02${x}`, "other than 0-9"],
    ["blanks around it", ` 02${x}`, "other than 0-9"],
    ["a line end behind it", `02${x}\n`, "other than 0-9"],
    ["an ellipsis", "02abc...", "other than 0-9"],
  ])("refuses %s (H62)", (_, text, word) => {
    expect(parsePublicKey(text)).toEqual({ ok: false, problem: expect.stringContaining(word) });
  });
});
