import { z } from "zod";
import { duration } from "../../duration.js";
import { byteSize } from "../byte-size.js";

const MIB = 2 ** 20;
const MAX_HEADERS = 20;
/** Headers that the sink sets, or that would change what a request is. */
const TAKEN =
  /^(host|connection|content-length|content-type|transfer-encoding|upgrade|expect|te|trailer|proxy-.*|x-blvm-.*)$/i;

const fromEnvironment = z.strictObject({
  env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a name in the environment"),
});
const environmentName = fromEnvironment.shape.env;
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "the name of a header")
  .refine((name) => !TAKEN.test(name), "a header that the sink doesn't set itself");
const headerText = z.string().regex(/^[\t\x20-\x7e]{1,1000}$/, "a header's text on one line");

const address = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    (url?.protocol === "http:" || url?.protocol === "https:") && url.username === "" && url.password === ""
  );
}, "an http or https address without user and password (a secret address comes from { env: NAME })");

export const webhookOptions = z.strictObject({
  url: z.union([address, fromEnvironment]),
  method: z.enum(["POST", "PUT", "PATCH"]).default("POST"),
  headers: z
    .record(headerName, z.union([headerText, fromEnvironment]))
    .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, `at most ${MAX_HEADERS} headers`)
    .default({}),
  timeout: duration.prefault("10s"),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(20).default(5),
      backoff: z.enum(["exponential", "constant"]).default("exponential"),
      initial: duration.prefault("500ms"),
      longest: duration.prefault("1m"),
      jitter: z.number().min(0).max(1).default(0.5),
    })
    .prefault({}),
  sign: z
    .strictObject({
      secret_env: environmentName,
      header: headerName.or(z.literal("X-Blvm-Signature")).default("X-Blvm-Signature"),
    })
    .optional(),
  batch: z.strictObject({ max: z.int().min(2).max(1000).default(100) }).optional(),
  dead_letters: z.string().min(1).optional(),
  max_body_bytes: byteSize(1024, 16 * MIB).default(MIB),
});

export type WebhookOptions = z.output<typeof webhookOptions>;
