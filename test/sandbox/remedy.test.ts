import { describe, expect, it } from "vitest";
import { remedyFor } from "../../src/sandbox/remedy.js";
import { wellEquipped } from "../kit/sandbox-machine.js";

const machine = wellEquipped;
const refused = "bwrap: No permissions to create new namespace";

function withSettings(settings: Readonly<Record<string, string>>, reason = refused): string | null {
  return remedyFor("filesystem", machine, reason, (path) => settings[path]);
}

describe("the remedy for a layer that doesn't hold", () => {
  it("is the setting of the kernel that forbids user namespaces", () => {
    expect(withSettings({ "kernel/unprivileged_userns_clone": "0" })).toBe(
      "sysctl kernel.unprivileged_userns_clone=1",
    );
    expect(withSettings({ "user/max_user_namespaces": "0" })).toBe("sysctl user.max_user_namespaces=10000");
    expect(withSettings({ "kernel/apparmor_restrict_unprivileged_userns": "1" })).toMatch(/AppArmor profile/);
  });

  it("is about containers where the kernel's settings allow them", () => {
    expect(withSettings({})).toMatch(/in a container/);
    expect(withSettings({}, "bwrap: Can't mount proc on /newroot/proc: Operation not permitted")).toMatch(
      /\/proc/,
    );
  });

  it("is a newer bubblewrap for an option that this one doesn't know", () => {
    expect(withSettings({}, "bwrap: Unknown option --size")).toMatch(/update bubblewrap/);
  });

  it("is the package of a program that was not found", () => {
    const bare = { ...machine, tools: {} };
    expect(remedyFor("kernel", bare, "")).toMatch(/install bubblewrap/);
    expect(remedyFor("limits", bare, "")).toMatch(/install util-linux/);
    expect(remedyFor("identity", bare, "")).toMatch(/install util-linux/);
  });

  it("is another system where this one has no such thing, and nothing where nothing is known", () => {
    expect(remedyFor("network", { ...machine, platform: "darwin" }, "")).toBe("run the host on Linux");
    expect(remedyFor("watch", machine, "")).toBeNull();
    expect(withSettings({}, "bwrap: something new")).toBeNull();
  });
});
