import type { Proof } from "./canary/prove-layers.js";
import { sandboxErrors } from "./errors.js";

/** @throws SANDBOX_NEEDS_USER unless a canary was seen to run as somebody else than root, and to be unable to become it */
export function requireOtherUser({ machine, denials, failure }: Proof): void {
  const { tools, user } = machine;
  if (tools.setpriv === undefined) {
    throw sandboxErrors.SANDBOX_NEEDS_USER({ reason: "setpriv was not found: install util-linux" });
  }
  if (failure !== undefined) {
    throw sandboxErrors.SANDBOX_NEEDS_USER({
      reason: `nothing could be started as ${user?.name}: ${failure}`,
    });
  }
  const tried = denials.filter(({ layer }) => layer === "identity");
  const succeeded = tried.filter(({ isDenied }) => !isDenied);
  if (tried.length > 0 && succeeded.length === 0) return;
  const found = succeeded.map(({ attempt, seen }) => `${attempt}: ${seen}`).join(", ");
  throw sandboxErrors.SANDBOX_NEEDS_USER({ reason: `a canary was not denied to ${found || "run as root"}` });
}
