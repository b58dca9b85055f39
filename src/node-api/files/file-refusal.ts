import { getSystemErrorMap } from "node:util";
import { EngineError, errorCode } from "../../errors.js";
import { showText } from "../../security/index.js";
import { fileErrors } from "../errors.js";

const SHOWN_CHARS = 200;

/** A path as it may stand in a message: short, and without characters that steer a terminal. */
export function shownPath(path: string): string {
  const text = showText(path.slice(0, SHOWN_CHARS));
  return `"${text}${path.length > SHOWN_CHARS ? "…" : ""}"`;
}

/** What passes by itself, or by somebody's making room. */
const PASSING = new Set(["ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "EAGAIN", "EBUSY", "EINTR", "ENOMEM"]);

/**
 * What a system error means to whoever asked for `path`; what is no system error is passed on as it is. The host's own
 * paths, which the system's text names, are left out.
 */
export function fileRefusal(path: string, error: unknown): unknown {
  if (error instanceof EngineError) return error;
  const number = systemErrorNumber(error);
  if (number === undefined) return error;
  const code = errorCode(error) ?? "";
  const shown = shownPath(path);
  switch (code) {
    case "ENOENT":
      return fileErrors.FILE_NOT_FOUND({ path: shown });
    case "ELOOP":
      return fileErrors.SYMLINK_REFUSED({ path: shown });
    case "ENAMETOOLONG":
      return fileErrors.BAD_PATH({ path: shown, found: "a name that is too long for the file system" });
  }
  const meaning = getSystemErrorMap().get(number)?.[1] ?? "the system says no more";
  return fileErrors.FILE_FAILED(
    { path: shown, reason: `${code}: ${meaning}` },
    { cause: error, retryable: PASSING.has(code) },
  );
}

function systemErrorNumber(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errno" in error)) return undefined;
  return typeof error.errno === "number" ? error.errno : undefined;
}
