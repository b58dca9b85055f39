import { createHash, timingSafeEqual } from "node:crypto";

/** What a caller has to show, in the Authorization header. */
export interface Credential {
  readonly scheme: "Basic" | "Bearer";
  /** Why the header is no proof, in words, without any of its content; undefined when it is one. */
  problemOf(header: string | undefined): string | undefined;
}

/**
 * A credential of which only a digest is kept. The comparison takes the same time wherever two secrets differ, and
 * however long they are.
 * @param secret for Bearer the token, for Basic `user:password`
 */
export function createCredential(scheme: Credential["scheme"], secret: string): Credential {
  const wanted = digest(Buffer.from(secret));
  return {
    scheme,
    problemOf(header) {
      if (header === undefined) return "the request has no Authorization header";
      const [, given = "", value = ""] = /^([A-Za-z]+) +([\x21-\x7e]+) *$/.exec(header) ?? [];
      if (given.toLowerCase() !== scheme.toLowerCase()) return "the Authorization header is of another kind";
      const shown = Buffer.from(value, scheme === "Basic" ? "base64" : "latin1");
      if (timingSafeEqual(digest(shown), wanted)) return undefined;
      return scheme === "Basic" ? "user or password is wrong" : "the token is wrong";
    },
  };
}

function digest(secret: Uint8Array): Buffer {
  return createHash("sha256").update(secret).digest();
}
