const maxVersionChars = 128;
const maxPart = 0xffff_ffff;
const identifiers = "[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*";
const versionForm = new RegExp(`^(\\d+)\\.(\\d+)(?:\\.(\\d+))?(?:-(${identifiers}))?(?:\\+${identifiers})?$`);

/** The rule for module versions in words, for messages and documentation. */
export const moduleVersionRule =
  "major.minor[.patch][-prerelease][+build], decimal parts up to 4294967295, at most 128 characters";

/** Whether a text is a version that a module may carry. A leading `v` is not part of one. */
export function isModuleVersion(text: string): boolean {
  return semverText(text) !== undefined;
}

/**
 * A module version as strict semver: an absent patch is 0, leading zeros and build text are gone.
 * @returns undefined for a text that is no module version.
 */
export function semverText(text: string): string | undefined {
  if (text.length > maxVersionChars) return undefined;
  const match = versionForm.exec(text);
  if (match === null) return undefined;
  const [major, minor, patch] = [match[1], match[2], match[3] ?? "0"].map(Number);
  if (![major, minor, patch].every((part) => part !== undefined && part <= maxPart)) return undefined;
  return `${major}.${minor}.${patch}${strictPrerelease(match[4])}`;
}

/** A pre-release text with its dash and without leading zeros in numbers, which semver forbids; "" for none. */
export function strictPrerelease(text: string | undefined): string {
  if (text === undefined) return "";
  const parts = text.split(".").map((part) => (/^\d+$/.test(part) ? part.replace(/^0+(?=\d)/, "") : part));
  return `-${parts.join(".")}`;
}
