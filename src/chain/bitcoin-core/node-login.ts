import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { errorMessage } from "../../errors.js";
import { chainErrors } from "../errors.js";
import type { BitcoinCoreOptions } from "./options.js";

const maxCookieBytes = 4096;

/** How a client proves itself to the node. What it sends stands in no log and in no error. */
export interface NodeLogin {
  /** What is used, for errors: never the secret. */
  readonly description: string;
  /** The header `authorization`, or undefined for none. Rejects with NODE_COOKIE_UNREADABLE. */
  header(): Promise<string | undefined>;
  /** Forgets what was sent, so that the next header is read anew. @returns false where nothing else can come. */
  forget(): boolean;
}

/**
 * The cookie file where one is named, else user and password, else nothing.
 * @throws NODE_LOGIN_UNCLEAR when it is neither one nor the other
 * The file is read at the first call and after each `forget`: the node writes a new one at each start.
 */
export function nodeLogin({
  cookie_file: file,
  user,
  password: given,
}: Pick<BitcoinCoreOptions, "cookie_file" | "user" | "password">): NodeLogin {
  const found = [file && "cookie_file", user && "user", given !== undefined && "password"].filter(Boolean);
  if (["cookie_file", "user,password", ""].every((allowed) => allowed !== found.join(",")))
    throw chainErrors.NODE_LOGIN_UNCLEAR({ found: found.join(" and ") });
  if (file !== undefined) return cookieLogin(file);
  const fixed = user === undefined ? undefined : basic(`${user}:${given}`);
  return {
    description: user === undefined ? "no user and no cookie file" : "user and password",
    header: async () => fixed,
    forget: () => false,
  };
}

function cookieLogin(file: string): NodeLogin {
  let reading: Promise<string> | undefined;
  return {
    description: `the cookie file ${file}`,
    async header() {
      reading ??= readCookie(file);
      const mine = reading;
      try {
        return basic(await mine);
      } catch (error) {
        if (reading === mine) reading = undefined;
        throw error;
      }
    },
    forget() {
      reading = undefined;
      return true;
    },
  };
}

async function readCookie(file: string): Promise<string> {
  let text: string;
  try {
    text = (await firstBytes(file)).trim();
  } catch (error) {
    throw chainErrors.NODE_COOKIE_UNREADABLE({ file, reason: errorMessage(error) }, { retryable: true });
  }
  if (text.includes(":") && text.length <= maxCookieBytes && !text.includes("\n")) return text;
  // Core writes the file in place: half of it may be there.
  const reason = "it isn't one line name:secret";
  throw chainErrors.NODE_COOKIE_UNREADABLE({ file, reason }, { retryable: true });
}

/** Up to one byte more than a cookie has, whatever the file is: a device may never end. A pipe isn't waited for. */
async function firstBytes(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const { bytesRead, buffer } = await handle.read(
      Buffer.alloc(maxCookieBytes + 1),
      0,
      maxCookieBytes + 1,
      0,
    );
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function basic(userAndPassword: string): string {
  return `Basic ${Buffer.from(userAndPassword, "utf8").toString("base64")}`;
}
