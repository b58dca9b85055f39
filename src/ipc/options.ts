import { z } from "zod";

const MIB = 1024 * 1024;

/** Longest frame that a host sends, and the most that a module may ever be allowed to. */
export const MAX_HOST_FRAME_BYTES = 40 * MIB;

/** Limits of a module's connection: the `[ipc]` table. The defaults are those of ipc.md. */
export const ipcOptions = z.strictObject({
  max_frame_bytes: z
    .int()
    .min(1024)
    .max(MAX_HOST_FRAME_BYTES)
    .default(8 * MIB)
    .meta({ unit: "bytes", description: "Longest frame that a module may send." }),
  requests_per_second: z.int().min(0).max(1_000_000).default(100).meta({
    unit: "requests per second",
    description: "Requests of one module within any second before RATE_LIMITED; 0 lifts the limit.",
  }),
  open_requests: z.int().min(1).max(65_536).default(64).meta({
    unit: "requests",
    description: "Requests of one module that may be unanswered at a time.",
  }),
  heartbeat_ms: z.int().min(10).max(60_000).default(1000).meta({
    unit: "milliseconds",
    description: "Time between two pings; five times this without any frame makes a module unresponsive.",
  }),
  handshake_timeout_ms: z.int().min(10).max(60_000).default(2000).meta({
    unit: "milliseconds",
    description: "Time for the handshake, from accept on the path, from the first byte on descriptor 3.",
  }),
  start_timeout_ms: z.int().min(100).max(600_000).default(10_000).meta({
    unit: "milliseconds",
    description: "Time from spawn to the first SubscribeEvents.",
  }),
  frame_timeout_ms: z.int().min(100).max(600_000).default(10_000).meta({
    unit: "milliseconds",
    description: "Time from a frame's first byte to its last.",
  }),
  reconnect_timeout_ms: z.int().min(100).max(3_600_000).default(60_000).meta({
    unit: "milliseconds",
    description: "How long the path waits for a client that lost its connection, or for an attached process.",
  }),
});
export type IpcOptions = z.output<typeof ipcOptions>;
export type IpcOptionsInput = z.input<typeof ipcOptions>;
