import { describe, expect, it } from "vitest";
import { commandLine, isNested, seenPaths } from "../../src/sandbox/launch-command.js";
import type { LayerId } from "../../src/sandbox/layer.js";
import { wellEquipped } from "../kit/sandbox-machine.js";
import { launchRequest } from "../kit/sandbox-off.js";

const request = launchRequest({ entryPath: "/code/m/main.js", dataDir: "/state/m" });
const machine = wellEquipped;
const program = { command: ["/bin/node", "/module/main.js"], needs: ["/bin/node"], baseDataBytes: 100 };

function lineOf(...active: LayerId[]): string[] {
  return commandLine(machine, new Set(active), request, program, program.needs);
}

describe("the command line of a module", () => {
  it("ties the module's life to the host's and adds nothing else where no layer is active", () => {
    expect(lineOf()).toEqual(["/bin/setpriv", "--pdeathsig", "KILL", "--", ...program.command]);
  });

  it("runs setpriv, then bubblewrap, then prlimit, then the program", () => {
    const line = lineOf("identity", "filesystem", "network", "kernel", "limits");
    const places = ["/bin/setpriv", "/bin/bwrap", "/bin/prlimit", "/module/main.js"].map((word) =>
      line.lastIndexOf(word),
    );
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places).not.toContain(-1);
  });

  it("leaves out the layers that are not active", () => {
    expect(lineOf("limits")).not.toContain("/bin/bwrap");
    expect(lineOf("filesystem")).not.toContain("--seccomp");
    expect(lineOf("filesystem")).not.toContain("--unshare-net");
    expect(lineOf("network")).toContain("--unshare-net");
  });

  it("makes the module someone else only where the host is root", () => {
    const user = { name: "nobody", uid: 65534, gid: 65534 };
    const line = commandLine({ ...machine, user }, new Set(["identity"]), request, program, []);
    expect(line.slice(0, 5)).toEqual(["/bin/setpriv", "--reuid", "65534", "--regid", "65534"]);
    expect(lineOf("identity")).not.toContain("--reuid");
  });
});

describe("what a module sees", () => {
  it("is its own places under fixed names", () => {
    expect(seenPaths(new Set(["filesystem"]), request)).toEqual({
      entryPath: "/module/main.js",
      dataDir: "/data",
      socketPath: "/run/blvm/s",
    });
  });

  it("is the host's paths where the file system is not closed off", () => {
    const { entryPath, dataDir, socketPath } = request;
    expect(seenPaths(new Set(["limits"]), request)).toEqual({ entryPath, dataDir, socketPath });
  });

  it("is a sandbox from which a signal comes as an exit code only under bubblewrap", () => {
    expect(isNested(new Set(["limits", "identity"]))).toBe(false);
    expect(isNested(new Set(["kernel"]))).toBe(true);
  });
});
