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
  url: z.union([address, fromEnvironment]).meta({
    description:
      "The receiver's http or https address, or `{ env: NAME }` where it is secret. The certificate of https must be one that Node.js trusts; an authority of your own is named to the host by NODE_EXTRA_CA_CERTS=FILE in its environment.",
  }),
  method: z.enum(["POST", "PUT", "PATCH"]).default("POST").meta({ description: "Method of the request." }),
  headers: z
    .record(headerName, z.union([headerText, fromEnvironment]))
    .refine((headers) => Object.keys(headers).length <= MAX_HEADERS, `at most ${MAX_HEADERS} headers`)
    .default({})
    .meta({ description: "Further headers, each a text or `{ env: NAME }`; 20 at most." }),
  timeout: duration
    .prefault("10s")
    .meta({ description: "Time from a request's beginning to the head of its answer." }),
  retry: z
    .strictObject({
      attempts: z
        .int()
        .min(1)
        .max(20)
        .default(5)
        .meta({ unit: "requests", description: "Requests for one delivery at most, the first among them." }),
      backoff: z
        .enum(["exponential", "constant"])
        .default("exponential")
        .meta({ description: "Whether the pause before a further attempt doubles each time or stays." }),
      initial: duration.prefault("500ms").meta({ description: "Pause before the second attempt." }),
      longest: duration
        .prefault("1m")
        .meta({ description: "Longest pause, also where the receiver asks for more." }),
      jitter: z.number().min(0).max(1).default(0.5).meta({
        description:
          "Part of each pause that is left to chance, so that many senders don't come back together.",
      }),
    })
    .prefault({}),
  sign: z
    .strictObject({
      secret_env: environmentName.meta({
        description: "Name in the environment of the secret that is shared with the receiver.",
      }),
      header: headerName
        .or(z.literal("X-Blvm-Signature"))
        .default("X-Blvm-Signature")
        .meta({ description: "Header that carries the signature." }),
    })
    .optional(),
  batch: z
    .strictObject({
      max: z.int().min(2).max(1000).default(100).meta({
        unit: "items",
        description: "Items of one request at most; what waits goes together, nothing waits for more.",
      }),
    })
    .optional(),
  dead_letters: z.string().min(1).optional().meta({
    description:
      "File for what is given up, relative to the folder for files; without it that is counted only.",
  }),
  max_body_bytes: byteSize(1024, 16 * MIB)
    .default(MIB)
    .meta({
      unit: "bytes",
      description: "Size of a request's body at most; a larger item is refused. 1 MiB by default.",
    }),
});

export type WebhookOptions = z.output<typeof webhookOptions>;
