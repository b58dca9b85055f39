import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ModuleManifest, parseManifest } from "../../src/manifest/index.js";
import { measureModule } from "../../src/security/measure-module.js";
import { signManifest } from "../../src/security/sign-manifest.js";
import { parseSigningKey, type SigningKey } from "../../src/security/signing-key.js";
import { verifyModule } from "../../src/security/verify-module.js";

/** The key number `index`, from 1; always the same one. */
export function keyOf(index: number): SigningKey {
  const key = parseSigningKey(index.toString(16).padStart(64, "0"));
  if (key === undefined) throw new Error(`${index} is no key`);
  return key;
}

export const names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace"] as const;
export type Name = (typeof names)[number];

export function keyNamed(name: Name): SigningKey {
  return keyOf(names.indexOf(name) + 1);
}

/** A trust list of the public keys of the named. */
export function trust(threshold: number, ...trusted: readonly Name[]) {
  const maintainers = Object.fromEntries(trusted.map((name) => [name, keyNamed(name).publicKey as string]));
  return { threshold, maintainers };
}

/** Writes files with the directories above them, relative to `directory`. */
export async function writeFiles(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
}

export const plainManifest = 'name = "probe"\nversion = "1.0.0"\nentry_point = "main.js"\n';

/** Signs the module in `directory` with the named keys, one after the other, and writes its manifest. */
export async function signModule(
  directory: string,
  text: string,
  required: number,
  ...signers: readonly Name[]
): Promise<ModuleManifest> {
  const file = join(directory, "module.toml");
  const others = new Map(signers.map((name) => [name, keyNamed(name).publicKey as string]));
  let signed = text;
  for (const name of signers) {
    const code = await measureModule(parseManifest(signed, file), directory);
    signed = signManifest({ text: signed, file, code, name, key: keyNamed(name), required, others }).text;
  }
  await writeFile(file, signed);
  return parseManifest(signed, file);
}

/** `verifyModule` for a module whose entry point is `main.js`, with a copy in `<directory>/../copy`. */
export function verify(
  directory: string,
  manifest: ModuleManifest,
  options: Partial<Parameters<typeof verifyModule>[0]> = {},
) {
  return verifyModule({
    directory,
    manifest,
    entryPath: join(directory, manifest.entryPoint),
    copyDir: join(dirname(directory), "copy"),
    trust: { threshold: 1, maintainers: {} },
    requireSignatures: false,
    ...options,
  });
}
