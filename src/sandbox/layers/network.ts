/** What a module with network access needs for names and certificates; what a machine lacks is left out. */
const namesAndCertificates = [
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/ssl/certs",
  "/usr/share/ca-certificates",
];

/**
 * L3: bubblewrap's arguments for the network. Without the grant the module has a network namespace of its own without
 * any interface but an unused loopback; with it, it shares the host's, loopback included.
 */
export function networkArgs(isGranted: boolean): string[] {
  if (!isGranted) return ["--unshare-net"];
  return namesAndCertificates.flatMap((path) => ["--ro-bind-try", path, path]);
}
