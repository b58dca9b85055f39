const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** A size for a person to read: `540.3 MiB`. Rounded up, so that what is over a limit never reads like the limit. */
export function byteText(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const rounded = unit === 0 ? Math.round(value) : Math.ceil(value * 10) / 10;
  return `${rounded} ${UNITS[unit]}`;
}
