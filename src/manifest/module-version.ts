const maxVersionChars = 128;
const maxPart = 0xffff_ffff;
const versionForm = /^(\d+)\.(\d+)(?:\.(\d+))?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** The rule for module versions in words, for messages and documentation. */
export const moduleVersionRule =
  "major.minor[.patch][-prerelease][+build], decimal parts up to 4294967295, at most 128 characters";

/** Whether a text is a version that a module may carry. A leading `v` is not part of one. */
export function isModuleVersion(text: string): boolean {
  if (text.length > maxVersionChars) return false;
  const match = versionForm.exec(text);
  if (match === null) return false;
  return match.slice(1).every((part) => part === undefined || Number(part) <= maxPart);
}
