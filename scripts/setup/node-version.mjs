// @ts-check
// Plain syntax on purpose: a Node that is too old must be able to parse this file and setup.mjs.

const OLDEST_MAJOR = 20;
const OLDEST_MINOR = 19;

/**
 * Says what is wrong with a Node version, or undefined when it will do.
 * @param {string} version as in `process.versions.node`
 * @returns {string | undefined}
 */
export function nodeComplaint(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST_MAJOR || (major === OLDEST_MAJOR && minor >= OLDEST_MINOR)) return undefined;
  return `this is Node ${version}, blvm-streams needs Node ${OLDEST_MAJOR}.${OLDEST_MINOR} or newer: install one from nodejs.org and run the command again`;
}
