/** What stands between a module and the machine, from the inside out: L0 to L8 of the design. */
export interface Layer {
  /** As operators, metrics and reports name it. */
  readonly id: LayerId;
  /** L0 to L8. */
  readonly number: number;
  /** What it keeps from a module. */
  readonly title: string;
  /** What a module could do because the layer is missing; completes "a module could …". */
  readonly consequence: string;
}

export const layerIds = [
  "identity",
  "code",
  "filesystem",
  "network",
  "kernel",
  "limits",
  "totals",
  "watch",
  "wire",
] as const;
export type LayerId = (typeof layerIds)[number];

const described: Readonly<Record<LayerId, readonly [title: string, consequence: string]>> = {
  identity: ["a module never runs as uid 0", "change the machine as root"],
  code: ["what runs is the host's own copy of what was checked", "run other code than was checked"],
  filesystem: [
    "files and processes of others are out of sight",
    "read the files of this user, write where this user may, send signals to its processes, and leave processes behind that outlive it and the host",
  ],
  network: [
    "no sockets but Unix sockets, unless granted",
    "open connections to the network and to this machine",
  ],
  kernel: [
    "seldom used system calls and new processes are refused",
    "use every system call, also those that weaknesses of the kernel are found in, and start processes",
  ],
  limits: ["memory, descriptors and size of files", "use up the memory and the descriptors of the machine"],
  totals: [
    "processor time, memory and number of all its processes together",
    "take processor time from the node and from other modules",
  ],
  watch: [
    "use is measured each second and a module over its limit is stopped",
    "use more than its limits without anybody being told",
  ],
  wire: [
    "only its own connection, environment and descriptors",
    "read what the host holds open or has in its environment",
  ],
};

export const layers: readonly Layer[] = layerIds.map((id, number) => {
  const [title, consequence] = described[id];
  return { id, number, title, consequence };
});
