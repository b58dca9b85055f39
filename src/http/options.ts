import { z } from "zod";

/** Where metrics, health and events are served: the `[http]` table. */
export const httpOptions = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").meta({
    description: "Address or name to listen on. What is served needs no password: keep it on loopback.",
  }),
  port: z.int().min(0).max(65_535).default(9332).meta({
    description: "TCP port to listen on; 0 takes any free one.",
  }),
  allowed_hosts: z.array(z.string().min(1)).max(100).default([]).meta({
    description: "Names besides loopback that a request's Host header may carry, without port.",
  }),
});
export type HttpOptions = z.output<typeof httpOptions>;
export type HttpOptionsInput = z.input<typeof httpOptions>;
