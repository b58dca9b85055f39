import { type EngineError, errorCode, errorMessage } from "../errors.js";
import { securityErrors } from "./errors.js";
import { showText } from "./show-text.js";

/** The error for an entry point that is no code to run; `cause` says why it can't even be looked at. */
export function badBinary(module: string, found: string, remedy: string, cause?: unknown): EngineError {
  const allowed =
    "a JavaScript or executable file, or a directory of regular files with an index.js, inside the module's directory";
  return securityErrors.BAD_BINARY({ module, found: showText(found), allowed, remedy }, { cause });
}

/** Why a path can't be opened, as the second half of a sentence about it. */
export function openProblem(error: unknown): string {
  switch (errorCode(error)) {
    case "ELOOP":
      return "which is a symbolic link";
    case "ENXIO":
      return "which is no regular file";
    default:
      return `which can't be read (${errorMessage(error)})`;
  }
}
