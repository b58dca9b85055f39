import { readFile } from "node:fs/promises";
import type { UserIds } from "./machine.js";

/**
 * Looks a user up by name or number in the system's table of users.
 * @returns undefined for one that isn't there, and for uid 0 under whatever name
 */
export async function findUser(nameOrNumber: string, file = "/etc/passwd"): Promise<UserIds | undefined> {
  const table = await readFile(file, "utf8").catch(() => "");
  for (const line of table.split("\n")) {
    const [name = "", , uid = "", gid = ""] = line.split(":");
    if (name !== nameOrNumber && uid !== nameOrNumber) continue;
    const ids = { name, uid: Number(uid), gid: Number(gid) };
    return Number.isInteger(ids.uid) && ids.uid > 0 && Number.isInteger(ids.gid) ? ids : undefined;
  }
  return undefined;
}
