import { describe, expect, it } from "vitest";
import { createCredential } from "../../../src/http/rpc/credential.js";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a credential", () => {
  const token = `${"t".repeat(15)}=`;

  it("takes the token as Bearer, whatever the case of that word", () => {
    const bearer = createCredential("Bearer", token);
    for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer  "]) {
      expect(bearer.problemOf(`${scheme} ${token}`)).toBeUndefined();
    }
  });

  it("takes user and password as Basic, colons in the password included", () => {
    const basic = createCredential("Basic", "__cookie__:a:b");
    expect(basic.problemOf(`Basic ${base64("__cookie__:a:b")}`)).toBeUndefined();
    expect(basic.problemOf(`Basic ${base64("__cookie__:a:b").replaceAll("=", "")}`)).toBeUndefined();
  });

  it("says of what is missing or wrong what it is, and never what was given or wanted", () => {
    const bearer = createCredential("Bearer", token);
    const cases: readonly (readonly [string | undefined, RegExp])[] = [
      [undefined, /no Authorization header/],
      ["", /another kind/],
      ["Bearer", /another kind/],
      [`Basic ${base64(token)}`, /another kind/],
      [`Bearer ${token} ${token}`, /another kind/],
      [`Bearer ${token}x`, /token is wrong/],
      [`Bearer ${token.slice(1)}`, /token is wrong/],
      [`Bearer ${token.toUpperCase()}`, /token is wrong/],
      [`Bearer ${"x".repeat(8000)}`, /token is wrong/],
    ];
    for (const [header, problem] of cases) {
      const found = bearer.problemOf(header);
      expect(found, header?.slice(0, 40)).toMatch(problem);
      expect(found).not.toContain("ttt");
    }
    const basic = createCredential("Basic", "u:p");
    for (const wrong of ["u:q", "u", ":p", "", "u:p\0", "v:p"]) {
      expect(basic.problemOf(`Basic ${base64(wrong) || "="}`)).toBe("user or password is wrong");
    }
  });
});
