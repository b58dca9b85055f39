import { z } from "zod";

const UNIT_BYTES = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/** A number of bytes as streams write it, `64KiB`, `100MiB`, `1GiB`, or a plain number; bytes inside. */
export function byteSize(minBytes: number, maxBytes: number) {
  const asText = z
    .string()
    .regex(/^[1-9][0-9]{0,9}(B|KiB|MiB|GiB)$/, "a size such as 64KiB, 100MiB or 1GiB")
    .transform((text) => {
      const unit = text.replace(/[0-9]+/, "") as keyof typeof UNIT_BYTES;
      return Number.parseInt(text, 10) * UNIT_BYTES[unit];
    });
  return z
    .union([z.int(), asText])
    .refine((bytes) => bytes >= minBytes && bytes <= maxBytes, `a size of ${minBytes} to ${maxBytes} bytes`);
}
