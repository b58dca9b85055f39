/**
 * The rooms of `src/`: which of them each may import. A room is a folder, a file at the root, or both
 * (`config.ts` with `config/`). Imports go down: a room's rank is above the rank of every room that it lists.
 */
export interface Room {
  readonly rank: number;
  readonly imports: readonly string[];
}

export type RoomTable = Readonly<Record<string, Room>>;

const engine = [
  "bus",
  "chain",
  "events",
  "expressions",
  "ipc",
  "journal",
  "manifest",
  "recordings",
  "requests",
  "sandbox",
  "security",
] as const;
const services = ["metrics", "node-api", "registry", "sdk", "streams", "supervisor"] as const;
const programs = ["config", "control", "http"] as const;

/** The ground: single files that need nothing of the engine, open to all rooms and not listed below. */
export const openRooms: readonly string[] = [
  "clock",
  "confirmation-ledger",
  "deque",
  "describe-schema",
  "duration-histogram",
  "errors",
  "event-outlet",
  "log",
  "package-version",
  "redact",
  "redact-line",
  "room-log",
  "schema-shape",
  "trace-context",
  "tracer",
];

export const rooms: RoomTable = {
  clock: { rank: 0, imports: [] },
  "confirmation-ledger": { rank: 0, imports: [] },
  deque: { rank: 0, imports: [] },
  "duration-histogram": { rank: 0, imports: [] },
  errors: { rank: 0, imports: [] },
  "event-outlet": { rank: 0, imports: [] },
  log: { rank: 0, imports: [] },
  "package-version": { rank: 0, imports: [] },
  "describe-schema": { rank: 0, imports: [] },
  redact: { rank: 0, imports: [] },
  "redact-line": { rank: 1, imports: [] },
  "room-log": { rank: 2, imports: [] },
  "schema-shape": { rank: 0, imports: [] },
  "trace-context": { rank: 0, imports: [] },
  tracer: { rank: 1, imports: [] },
  events: { rank: 1, imports: [] },
  manifest: { rank: 2, imports: ["events"] },
  bus: { rank: 2, imports: ["events"] },
  expressions: { rank: 2, imports: ["events"] },
  chain: { rank: 2, imports: ["events"] },
  ipc: { rank: 2, imports: ["events"] },
  requests: { rank: 3, imports: ["events", "manifest"] },
  recordings: { rank: 3, imports: ["events", "chain", "ipc"] },
  journal: { rank: 3, imports: ["events", "bus"] },
  security: { rank: 3, imports: ["manifest"] },
  sandbox: { rank: 3, imports: ["manifest"] },
  registry: { rank: 4, imports: ["manifest", "security"] },
  "node-api": {
    rank: 4,
    imports: ["events", "manifest", "bus", "chain", "expressions", "ipc", "security", "requests"],
  },
  supervisor: { rank: 4, imports: ["events", "manifest", "bus", "ipc", "security", "sandbox"] },
  sdk: { rank: 4, imports: ["events", "manifest", "ipc", "requests"] },
  streams: { rank: 4, imports: ["events", "bus", "expressions"] },
  metrics: { rank: 5, imports: ["bus", "ipc", "chain", "journal", "streams", "supervisor", "sandbox"] },
  modules: { rank: 5, imports: ["sdk", "events"] },
  http: { rank: 6, imports: ["events", "metrics", "node-api"] },
  control: { rank: 6, imports: ["events"] },
  testing: { rank: 7, imports: [...engine, ...services] },
  config: { rank: 7, imports: [...engine, ...services, "http"] },
  "host-log": { rank: 8, imports: ["config"] },
  scaffold: { rank: 8, imports: ["manifest", "security"] },
  "delivery-report": { rank: 8, imports: ["bus"] },
  host: { rank: 9, imports: [...engine, ...services, ...programs, "host-log", "delivery-report"] },
  cli: {
    rank: 10,
    imports: [
      ...[
        "chain",
        "host",
        "config",
        "control",
        "events",
        "expressions",
        "manifest",
        "recordings",
        "sandbox",
        "security",
        "scaffold",
        "sdk",
        "streams",
        "testing",
      ],
      "supervisor",
    ],
  },
  index: { rank: 10, imports: [...engine, ...services, ...programs, "host"] },
};

/** The libraries that may be imported in some places only; places are beginnings of paths below `src/`. */
export const libraryHomes: Readonly<Record<string, readonly string[]>> = {
  "@marcbachmann/cel-js": ["expressions/"],
  "@nats-io/transport-node": ["streams/sinks/"],
  "@noble/curves": ["security/", "chain/devnet/"],
  "@scure/btc-signer": ["chain/devnet/"],
  "classic-level": ["node-api/storage/"],
  commander: ["cli/"],
  esbuild: ["scaffold/"],
  pino: ["host", "cli/"],
  "pino-pretty": ["host", "cli/"],
  "prom-client": ["metrics/"],
  re2js: ["expressions/"],
  semver: ["manifest/"],
  "smol-toml": ["manifest/", "config"],
  // A devnet's scenarios are YAML too.
  yaml: ["streams/", "chain/devnet/life/"],
  zeromq: ["chain/bitcoin-core/"],
};
