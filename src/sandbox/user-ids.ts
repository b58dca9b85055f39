import { readFile } from "node:fs/promises";
import { askProgram } from "./ask-program.js";
import { sandboxErrors } from "./errors.js";
import type { UserIds } from "./machine.js";

/** Where users are looked up: the system's table, then a program that also asks directories such as LDAP. */
export interface UserSources {
  readonly table?: string;
  readonly getent?: string;
}

const ASK_TIMEOUT_MS = 2000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** -1 as the kernel stores it: setresuid(2) takes it for "as before", which is root. */
const NOBODY_AT_ALL = 2 ** 32 - 1;

/**
 * Looks a user up by name or number, in the system's table and then by getent(1), which gets two seconds.
 * @returns undefined for one that isn't there, and for uid 0 or group 0 under whatever name. Never rejects.
 */
export async function findUser(
  nameOrNumber: string,
  sources: UserSources = {},
): Promise<UserIds | undefined> {
  const found = await lookUp(nameOrNumber, sources);
  return found === undefined || problemOf(found) !== undefined ? undefined : found;
}

/** The user whom modules are to run as under a host that is root. @throws SANDBOX_NEEDS_USER */
export async function requireUser(nameOrNumber: string, sources: UserSources = {}): Promise<UserIds> {
  const found = await lookUp(nameOrNumber, sources);
  const problem = found === undefined ? "this system knows no such user" : problemOf(found);
  if (found !== undefined && problem === undefined) return found;
  throw sandboxErrors.SANDBOX_NEEDS_USER({ reason: `sandbox.user is ${nameOrNumber}: ${problem}` });
}

async function lookUp(nameOrNumber: string, sources: UserSources): Promise<UserIds | undefined> {
  const { table = "/etc/passwd", getent = "/usr/bin/getent" } = sources;
  const known = findLine(await readFile(table, "utf8").catch(() => ""), nameOrNumber);
  return known ?? findLine(await ask(getent, nameOrNumber), nameOrNumber);
}

/** A name wins over a number: both are how passwd(5) writes them. */
function findLine(table: string, nameOrNumber: string): UserIds | undefined {
  const users = table.split("\n").flatMap((line) => {
    const [name = "", , uid = "", gid = ""] = line.split(":");
    return /^\d{1,10}$/.test(uid) && /^\d{1,10}$/.test(gid) ? [{ name, uid, gid }] : [];
  });
  const found =
    users.find(({ name }) => name === nameOrNumber) ?? users.find(({ uid }) => uid === nameOrNumber);
  return found === undefined ? undefined : { ...found, uid: Number(found.uid), gid: Number(found.gid) };
}

async function ask(getent: string, nameOrNumber: string): Promise<string> {
  // What begins with a dash would be an option.
  if (!/^[^-:\s/][^:\s/]*$/.test(nameOrNumber)) return "";
  const options = { timeout: ASK_TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES };
  const { error, output } = await askProgram(getent, ["passwd", nameOrNumber], options);
  return error === undefined ? output : "";
}

function problemOf({ uid, gid }: UserIds): string | undefined {
  if (uid === 0) return "that is root itself";
  if (gid === 0) return "its group is root's, which may read much of root's";
  if (uid >= NOBODY_AT_ALL || gid >= NOBODY_AT_ALL) return "its number stands for no user";
  return undefined;
}
