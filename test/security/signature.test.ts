import { createECDH, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { PublicKey } from "../../src/security/public-key.js";
import { signatureProblem } from "../../src/security/signature.js";
import { newSigningKey, parseSigningKey, type SigningKey, signText } from "../../src/security/signing-key.js";
import { keyOf } from "./signed-module.js";

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const text = "what is signed\n";
const key = keyOf(7);
const good = signText(text, key);
const [r, s] = [good.slice(0, 64), good.slice(64)];

function hex32(value: bigint): string {
  return value.toString(16).padStart(64, "0");
}

function derInteger(hex: string): string {
  const trimmed = hex.replace(/^(00)+/, "");
  const value = Number.parseInt(trimmed.slice(0, 2), 16) >= 0x80 ? `00${trimmed}` : trimmed;
  return `02${(value.length / 2).toString(16).padStart(2, "0")}${value}`;
}

function der(r: string, s: string): string {
  const body = derInteger(r) + derInteger(s);
  return `30${(body.length / 2).toString(16).padStart(2, "0")}${body}`;
}

/** The same key as node:crypto holds it. */
function nodeKey({ secret }: SigningKey) {
  const pair = createECDH("secp256k1");
  pair.setPrivateKey(secret, "hex");
  const point = pair.getPublicKey();
  const jwk = {
    kty: "EC",
    crv: "secp256k1",
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
    d: Buffer.from(secret, "hex").toString("base64url"),
  };
  return createPrivateKey({ key: jwk, format: "jwk" });
}

describe("signatureProblem", () => {
  it("accepts a compact low-S signature in either case of hex", () => {
    expect(signatureProblem(text, good, key.publicKey)).toBeUndefined();
    expect(signatureProblem(text, good.toUpperCase(), key.publicKey)).toBeUndefined();
  });

  it.each([
    ["the high-S twin", r + hex32(order - BigInt(`0x${s}`)), "upper half"],
    ["DER", der(r, s), "DER"],
    ["r = 0", hex32(0n) + s, "order"],
    ["s = 0", r + hex32(0n), "order"],
    ["r = n", hex32(order) + s, "order"],
    ["s = n", r + hex32(order), "order"],
    ["r above n", "f".repeat(64) + s, "order"],
    ["s above n", r + "f".repeat(64), "order"],
    ["63 bytes", good.slice(2), "126 hexadecimal characters"],
    ["65 bytes", `${good}00`, "130 hexadecimal characters"],
    ["65 bytes with a recovery byte before", `00${good}`, "130 hexadecimal characters"],
    ["nothing", "", "0 hexadecimal characters"],
    ["no hex", `${good.slice(0, -2)}zz`, "other than 0-9"],
    ["a line end behind it", `${good}\n`, "other than 0-9"],
    ["r and s swapped", s + r, ""],
  ])("refuses %s (H61)", (_, signature, word) => {
    expect(signatureProblem(text, signature, key.publicKey)).toEqual(expect.stringContaining(word));
  });

  it("refuses another text, another key and the negated key", () => {
    expect(signatureProblem(`${text} `, good, key.publicKey)).toContain("another text");
    expect(signatureProblem(text, good, keyOf(8).publicKey)).toContain("another");
    const negated = `${key.publicKey.startsWith("02") ? "03" : "02"}${key.publicKey.slice(2)}` as PublicKey;
    expect(signatureProblem(text, good, negated)).toContain("another");
  });

  it("accepts what node:crypto signs, once s is in the lower half", () => {
    const privateKey = nodeKey(key);
    for (let index = 0; index < 10; index++) {
      const made = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString(
        "hex",
      );
      const value = BigInt(`0x${made.slice(64)}`);
      const low = made.slice(0, 64) + hex32(value > order / 2n ? order - value : value);
      expect(signatureProblem(text, low, key.publicKey)).toBeUndefined();
      const high = made.slice(0, 64) + hex32(value > order / 2n ? value : order - value);
      expect(signatureProblem(text, high, key.publicKey)).toContain("upper half");
    }
  });
});

describe("signText", () => {
  it("makes signatures that node:crypto accepts, all low in s", () => {
    for (let index = 1; index <= 20; index++) {
      const signer = keyOf(index * 7919);
      const made = signText(`text ${index}`, signer);
      const publicKey = createPublicKey(nodeKey(signer));
      const signature = Buffer.from(made, "hex");
      const options = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
      expect(verify("sha256", Buffer.from(`text ${index}`), options, signature)).toBe(true);
      expect(BigInt(`0x${made.slice(64)}`) <= order / 2n).toBe(true);
    }
  });

  it("gives the same signature for the same text and key", () => {
    expect(signText(text, key)).toBe(good);
  });
});

describe("parseSigningKey", () => {
  it("takes each new key back from its text", () => {
    const made = newSigningKey();
    expect(parseSigningKey(made.secret)).toEqual(made);
    expect(parseSigningKey(made.secret.toUpperCase())).toEqual(made);
    expect(newSigningKey().secret).not.toBe(made.secret);
  });

  it.each([
    ["nothing", ""],
    ["zero", "0".repeat(64)],
    ["the order", hex32(order)],
    ["63 characters", "1".repeat(63)],
    ["no hex", "g".repeat(64)],
  ])("knows no key in %s", (_, secret) => {
    expect(parseSigningKey(secret)).toBeUndefined();
  });
});
