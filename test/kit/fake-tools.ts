/** Scripts that stand for bubblewrap and setpriv and leave something out. */

const REAL_BWRAP = "/usr/bin/bwrap";
/** A shell counts itself in the environment of what it starts. */
const EXEC = "exec env -u SHLVL";

/** A script that hands all arguments but some on: `cases` are the branches of a shell's case over one argument. */
function filtered(program: string, cases: string): string {
  return [
    "#!/bin/bash",
    "kept=()",
    'while [ "$#" -gt 0 ]; do',
    '  case "$1" in',
    // What stands behind the options is the program's own business.
    '    --) kept+=("$@"); break ;;',
    cases,
    '    *) kept+=("$1"); shift ;;',
    "  esac",
    "done",
    `${EXEC} ${program} "\${kept[@]}"`,
    "",
  ].join("\n");
}

/** A bubblewrap that takes no notice of an option and of as many arguments of it. */
export function bwrapWithout(option: string, argumentCount: number): string {
  return filtered(REAL_BWRAP, `    ${option}) shift ${argumentCount + 1} ;;`);
}

/** Closes the filter's descriptor, as bubblewrap does. */
export const bwrapWithoutFilter = filtered(REAL_BWRAP, "    --seccomp) exec 5<&-; shift 2 ;;");

/** Doesn't tell which process runs the program: nobody can look at that then. */
export const bwrapWithoutStatus = filtered(REAL_BWRAP, "    --json-status-fd) exec 4>&-; shift 2 ;;");

export function bwrapThatBindsWritable(): string {
  return filtered(REAL_BWRAP, "    --ro-bind) kept+=(--bind); shift ;;\n    --remount-ro) shift 2 ;;");
}

export function bwrapThatShows(path: string): string {
  return scriptThat(`${EXEC} ${REAL_BWRAP} --bind ${path} ${path} "$@"`);
}

/** Gives every module a variable that nobody told it. */
export function bwrapThatAdds(name: string, value: string): string {
  return scriptThat(`${EXEC} ${REAL_BWRAP} --setenv ${name} '${value}' "$@"`);
}

/** As versions do that don't know it yet. */
export function bwrapThatLacks(option: string): string {
  return filtered(REAL_BWRAP, `    ${option}) echo "bwrap: Unknown option ${option}" >&2; exit 1 ;;`);
}

export function scriptThat(does: string): string {
  return `#!/bin/bash\n${does}\n`;
}

/** A setpriv that hands the program on as whoever calls it. */
export const idleSetpriv = scriptThat(
  'while [ "$#" -gt 0 ] && [ "$1" != "--" ]; do shift; done\nshift\nexec env -u SHLVL "$@"',
);

/** A prlimit in C that limits nothing: it runs where no shell is. */
export const idlePrlimitSource = [
  "#include <string.h>",
  "#include <unistd.h>",
  "int main(int count, char **words) {",
  "  (void)count;",
  '  while (*words && strcmp(*words, "--") != 0) words++;',
  "  if (!*words) return 1;",
  "  execv(words[1], words + 1);",
  "  return 127;",
  "}",
  "",
].join("\n");
