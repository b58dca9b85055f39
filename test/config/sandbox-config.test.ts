import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { redactedConfig } from "../../src/config/redacted-config.js";
import { loadConfig, parseConfig, placeInConfig, settingsOf } from "../../src/config.js";
import { catchError } from "../kit/catch-error.js";
import { tempDir } from "../kit/process-temp-dir.js";

const modes = ["off", "auto", "strict"] as const;

function withModes(mode: (typeof modes)[number], own: string) {
  return () => parseConfig({ sandbox: { mode }, modules: { hook: { sandbox: { mode: own } } } });
}

describe("the mode of the sandbox", () => {
  it("takes no user without a name, and says what is one", () => {
    const { message } = catchError(() => parseConfig({ sandbox: { user: "" } })) as Error;
    expect(message).toContain('sandbox.user is ""; allowed: the name or the number of a user, never root\'s');
  });

  it("is auto unless the configuration says otherwise", () => {
    expect(parseConfig().sandbox.mode).toBe("auto");
    expect(settingsOf(parseConfig(), "hook").rules.sandbox.mode).toBeUndefined();
  });

  it("is taken from the environment, for one module too", async () => {
    const env = {
      BLVM_STREAMS_SANDBOX_USER: "blvm",
      BLVM_STREAMS_MODULES_WEB_HOOK__SANDBOX__MODE: "strict",
      BLVM_STREAMS_MODULES_WEB_HOOK__SANDBOX__ALLOW_NETWORK: "false",
    };
    await using dir = await tempDir();
    const config = await loadConfig({ cwd: dir.path, env });
    expect(config.sandbox).toMatchObject({ mode: "auto", user: "blvm" });
    expect(settingsOf(config, "web-hook").rules.sandbox).toEqual({
      mode: "strict",
      allow_network: false,
      allow_spawn_processes: false,
    });
  });

  it.each([
    ["auto", "auto"],
    ["auto", "strict"],
    ["strict", "strict"],
  ] as const)("%s may be %s for one module", (mode, own) => {
    expect(settingsOf(withModes(mode, own)(), "hook").rules.sandbox.mode).toBe(own);
  });

  it.each([
    ["strict", "auto", 'allowed: "strict", for a module\'s own mode may be stricter'],
    ["off", "auto", "allowed: nothing while sandbox.mode is off"],
    ["off", "strict", "set sandbox.mode to auto"],
    ["auto", "off", 'allowed: "auto", "strict"'],
    ["strict", "off", 'allowed: "auto", "strict"'],
    ["off", "off", 'allowed: "auto", "strict"'],
  ] as const)("%s is never %s for one module", (mode, own, allowed) => {
    expect(catchError(withModes(mode, own))).toMatchObject({
      code: "CONFIG_BAD_VALUE",
      details: { key: "modules.hook.sandbox.mode", found: JSON.stringify(own) },
      message: expect.stringContaining(allowed),
    });
  });

  it("that is too lax for one module is refused with file and line", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "node.toml");
    await writeFile(file, '[sandbox]\nmode = "strict"\n\n[modules.hook.sandbox]\nmode = "auto"\n');
    await expect(loadConfig({ file })).rejects.toMatchObject({
      code: "CONFIG_BAD_VALUE",
      details: { place: `${file}:5` },
    });
  });
});

describe("a key of the sandbox", () => {
  it("that doesn't exist is an error that names the nearest", () => {
    expect(catchError(() => parseConfig({ sandbox: { modes: "auto" } as object }))).toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      details: { nearest: "sandbox.mode" },
    });
    const modules = { hook: { sandbox: { allow_netwrok: true } } };
    expect(catchError(() => parseConfig({ modules }))).toMatchObject({
      code: "CONFIG_UNKNOWN_KEY",
      details: { nearest: "modules.hook.sandbox.allow_network" },
    });
  });

  it("is shown to modules with the others", () => {
    const config = parseConfig({ modules: { hook: { sandbox: { allow_spawn_processes: true } } } });
    expect(JSON.parse(redactedConfig(config) ?? "")).toMatchObject({
      config: {
        sandbox: { mode: "auto", user: "nobody" },
        module_rules: { hook: { sandbox: { allow_spawn_processes: true, allow_network: true } } },
      },
    });
  });
});

describe("placeInConfig", () => {
  it("tells file and line, the variable, or that nobody wrote the key", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "node.toml");
    await writeFile(file, '[sandbox]\nuser = "blvm"\n');
    const env = { BLVM_STREAMS_SANDBOX_MODE: "strict" };
    const config = await loadConfig({ file, env });
    expect(placeInConfig(config, ["sandbox", "user"])).toBe(`${file}:2`);
    expect(placeInConfig(config, ["sandbox", "mode"])).toBe("environment variable BLVM_STREAMS_SANDBOX_MODE");
    expect(placeInConfig(config, ["sandbox", "tmp_bytes"])).toBe("configuration");
  });
});
