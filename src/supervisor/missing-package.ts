/** What a module's author can do about a package that isn't there; logged once per run. */
export const missingPackageAdvice =
  "it lacks a package: a module sees its own folder and the node_modules in it, not those of the folders above; " +
  "put all that it needs into one file with `blvm-streams modules bundle`";

/** Whether a line of standard error is Node.js saying that it finds no module of a name, as `import` or `require` do. */
export function lacksPackage(line: string): boolean {
  return /\bcode: '(?:ERR_)?MODULE_NOT_FOUND'/.test(line);
}
