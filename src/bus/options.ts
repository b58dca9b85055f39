import { z } from "zod";

/** How much a module may hold back before it loses events: the `[delivery]` table and `[modules.<name>.delivery]`. */
export const deliveryOptions = z.strictObject({
  capacity: z.int().min(1).max(1_000_000).default(100).meta({
    unit: "events",
    description: "Events that wait per module before new ones are dropped.",
  }),
  window: z.int().min(1).max(65_536).default(1024).meta({
    unit: "events",
    description: "Events per module that may be sent and not yet acknowledged.",
  }),
  max_bytes: z
    .int()
    .min(1024)
    .max(1024 * 1024 * 1024)
    .default(4 * 1024 * 1024)
    .meta({
      unit: "bytes",
      description: "Encoded bytes per module, waiting and in flight together.",
    }),
});
export type DeliveryOptions = z.output<typeof deliveryOptions>;
export type DeliveryOptionsInput = z.input<typeof deliveryOptions>;
