import { describe, expect, it } from "vitest";
import { securityErrors } from "../../src/security/errors.js";
import { LifeBooks, restartReasons } from "../../src/supervisor/index.js";

const end = { reason: "", wasAsked: false, isCrash: false };

describe("LifeBooks", () => {
  it("counts no restart for a module's first start", () => {
    const book = new LifeBooks().of("m");
    book.noteBegin();
    expect(Object.values(book.restarts)).toEqual(restartReasons.map(() => 0));
  });

  it.each([
    ["crash", { ...end, isCrash: true }, undefined],
    ["limit", { ...end, isCrash: true, hitLimit: true }, undefined],
    ["limit", { ...end, isCrash: true }, "limit"],
    ["heartbeat", { ...end, isCrash: true }, "heartbeat"],
    ["manual", end, undefined],
  ] as const)("counts a start after an end as %s", (reason, ended, killCause) => {
    const book = new LifeBooks().of("m");
    book.noteBegin();
    if (killCause !== undefined) book.noteKill(killCause);
    book.noteEnd(ended);
    expect(book.restarts[reason]).toBe(0);
    book.noteBegin();
    expect(book.restarts).toEqual({ ...new LifeBooks().of("x").restarts, [reason]: 1 });
    // What it was killed for belongs to that life alone.
    book.noteEnd({ ...end, isCrash: true });
    book.noteBegin();
    expect(book.restarts.crash).toBe(reason === "crash" ? 2 : 1);
  });

  it.each([
    ["reload", "reload"],
    ["dependency", "dependency"],
    ["unload", "manual"],
    ["shutdown", "manual"],
  ] as const)("counts a start after a stop for %s as %s", (stop, reason) => {
    const book = new LifeBooks().of("m");
    book.noteBegin();
    book.noteStop(stop);
    book.noteEnd({ ...end, wasAsked: true });
    book.noteBegin();
    expect(book.restarts[reason]).toBe(1);
  });

  it("counts refusals over signatures by their reason, and no other errors", () => {
    const books = new LifeBooks();
    books.noteRefusal(securityErrors.UNSIGNED_MODULE({ module: "m" }));
    books.noteRefusal(new Error("the disk is full"));
    expect(Object.fromEntries(books.signatureFailures())).toEqual({
      bad_signature: 0,
      hash_mismatch: 0,
      size_mismatch: 0,
      duplicate_signer: 0,
      not_enough_signatures: 0,
      unsigned: 1,
    });
  });
});
