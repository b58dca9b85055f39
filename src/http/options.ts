import { z } from "zod";

/** What fits into a header as it is: visible ASCII. */
const token = z.string().regex(/^[\x21-\x7e]{16,512}$/);

/** Where metrics, health, events and JSON-RPC are served: the `[http]` table. */
export const httpOptions = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").meta({
    description:
      "Address or name to listen on. What GET serves needs no password: keep it on loopback. Elsewhere, JSON-RPC is off without rpc_token.",
  }),
  port: z.int().min(0).max(65_535).default(9332).meta({
    description: "TCP port to listen on; 0 takes any free one.",
  }),
  allowed_hosts: z.array(z.string().min(1)).max(100).default([]).meta({
    description: "Names besides loopback that a request's Host header may carry, without port.",
  }),
  rpc_token: token.optional().meta({
    description:
      "Bearer token of JSON-RPC: 16 to 512 visible ASCII characters without blanks. Default, on loopback only: the user and password in data_dir/.cookie.",
  }),
});
export type HttpOptions = z.output<typeof httpOptions>;
export type HttpOptionsInput = z.input<typeof httpOptions>;
