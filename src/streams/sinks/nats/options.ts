import { z } from "zod";

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a name in the environment");
const server = z
  .string()
  .max(300)
  .regex(
    /^((nats|tls):\/\/)?([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?$/,
    "a server such as nats://127.0.0.1:4222, without user and password",
  );

export const natsOptions = z.strictObject({
  servers: z.union([server.transform((one) => [one]), z.array(server).min(1).max(16)]).meta({
    description: "One server or several of a cluster, as nats://HOST:PORT or tls://HOST:PORT; 16 at most.",
  }),
  subject: z
    .string()
    .min(1)
    .max(1000)
    .meta({ description: "Subject of a message, with {type}, {name}, {seq} and {expressions} in it." }),
  credentials: z
    .union([
      z.strictObject({ token_env: environmentName }),
      z.strictObject({ user_env: environmentName, password_env: environmentName }),
      z.strictObject({ nkey_seed_env: environmentName }),
    ])
    .optional()
    .meta({
      description:
        "How the server knows the sink, by names in the environment: a token, a user with a password, or the seed of an nkey.",
    }),
});

export type NatsOptions = z.output<typeof natsOptions>;
