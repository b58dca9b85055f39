/**
 * The beginning of a command line that puts itself into a control group and then becomes the rest of the line. The
 * process moves before anything of the module exists, so that there is no moment in which the module is outside, and
 * the host waits for nobody: no descriptor to unblock, no pid to learn. Where it can't join, it ends with code 2.
 */
export function joinGroupArgs(shell: string, procsPath: string): string[] {
  return [shell, "-c", 'echo $$ >"$0" && exec "$@"', procsPath];
}
