import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Modules of a host that is root are another user's: they may pass through its folders, not look around in them. */
const MODE_AS_ROOT = 0o711;
const MODE_OTHERWISE = 0o700;

/**
 * The mode of a folder of the host that modules have to pass through on their way to what is theirs: 0711 when the host
 * is root, else 0700, for then they are the same user.
 */
export function passageMode(isRoot: boolean = process.getuid?.() === 0): number {
  return isRoot ? MODE_AS_ROOT : MODE_OTHERWISE;
}

/**
 * Makes such a folder, and those above it that are missing. One that exists stays as it is: who closed it has reasons.
 * @returns the topmost folder that was made, or undefined; none is left when it rejects
 */
export async function makePassage(folder: string, isRoot?: boolean): Promise<string | undefined> {
  const mode = passageMode(isRoot);
  const made = await mkdir(folder, { recursive: true, mode });
  if (made === undefined || mode === MODE_OTHERWISE) return made;
  // The umask may have taken away what others need.
  const topmost = resolve(made);
  try {
    for (let each = resolve(folder); each.length >= topmost.length; each = dirname(each)) {
      await chmod(each, mode);
      if (each === topmost) break;
    }
  } catch (error) {
    await rm(topmost, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
  return made;
}
