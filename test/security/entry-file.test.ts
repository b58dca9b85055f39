import { describe, expect, it } from "vitest";
import { entryFileProblem } from "../../src/security/entry-file.js";

function problemOf(path: string, head: string, isExecutable = true) {
  return entryFileProblem(path, { isExecutable, head: Buffer.from(head, "latin1") })?.found;
}

describe("entryFileProblem", () => {
  it.each(["main.js", "main.mjs", "main.cjs"])("takes %s without execute permission", (path) => {
    expect(problemOf(path, "#!/tmp/own-node\n", false)).toBeUndefined();
  });

  it.each([
    ["a program", "\x7fELF\x02"],
    ["an empty file", ""],
    ["a script for sh", "#!/bin/sh\n"],
    ["a script with a blank and an argument", "#! /usr/bin/python3 -u\nx"],
    ["a script of one line without its end", "#!/usr/local/bin/deno"],
    ["a script found by env", "#!/usr/bin/env node\n"],
    ["a script found by env -S", "#!/usr/bin/env -S node --no-warnings\n"],
  ])("takes %s with execute permission", (_, head) => {
    expect(problemOf("main", head)).toBeUndefined();
    expect(problemOf("main", head, false)).toBe("main without execute permission");
  });

  it.each([
    ["outside of the usual places", "#!/tmp/evil\n"],
    ["of a home directory", "#!/home/user/bin/node\n"],
    ["named relatively", "#!bin/sh\n"],
    ["beside the script", "#!./sh\n"],
    ["reached by ..", "#!/bin/../tmp/evil\n"],
    ["in a folder below", "#!/usr/bin/x/evil\n"],
    ["that is a folder", "#!/bin/\n"],
    ["that is ..", "#!/bin/..\n"],
    ["that is missing", "#!\n"],
    ["with a carriage return", "#!/bin/sh\r\n"],
    ["with a NUL", "#!/bin/sh\0/../../tmp/evil\n"],
    ["that env is told by path", "#!/usr/bin/env /tmp/evil\n"],
    ["that env -S is told by path", "#!/usr/bin/env -S ./evil\n"],
    ["that env finds in another PATH", "#!/usr/bin/env -S PATH=/tmp evil\n"],
    ["that env finds in another folder", "#!/usr/bin/env -S -C /tmp evil\n"],
    ["that env isn't told", "#!/usr/bin/env\n"],
  ])("refuses a script for an interpreter %s (H68)", (_, head) => {
    expect(problemOf("main", head)).toMatch(/^main, a script for "/);
  });
});
