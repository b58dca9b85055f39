/** Where services keep their state (file-hierarchy(7)); nobody's home, so that the user whom modules run as gets there. */
const AS_ROOT = "/var/lib/blvm-streams";
const OTHERWISE = "data";

/** The data directory when nobody names one: as root a folder of the system, else one where the configuration lies. */
export function defaultDataDir(userId: number | undefined = process.getuid?.()): string {
  return userId === 0 ? AS_ROOT : OTHERWISE;
}
