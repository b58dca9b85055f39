/**
 * Whether a browser's page may have sent this: its Origin is the very server that it calls. Programs send no Origin.
 * The scheme may be https where a proxy ends the encryption.
 */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  if (host === undefined) return false;
  const own = host.toLowerCase();
  return [`http://${own}`, `https://${own}`].includes(origin.toLowerCase());
}
