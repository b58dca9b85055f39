import { expect } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import type { Door } from "../../src/ipc/index.js";
import { expectBalancedBooks } from "../kit/ipc-books.js";
import { eventually } from "../kit/ipc-deadline.js";
import {
  type IpcHost,
  type IpcHostOptions,
  type OpenModule,
  type OpenOptions,
  startIpcHost,
} from "../kit/ipc-host.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { WireClient } from "../kit/ipc-wire-client.js";
import { startHonestModule } from "./honest-module.js";

/** A host with an honest module on it, and the door at which a hostile one stands. */
export interface Scene {
  readonly host: IpcHost;
  readonly door: Door;
  /** Opens the doors of the module `hostile`. */
  open(options?: OpenOptions): Promise<OpenModule>;
  /** A client at a door, this scene's unless said, that said nothing yet. */
  enter(module: OpenModule, door?: Door): Promise<WireClient>;
  /** A client that passed its handshake, at this scene's door unless said. */
  greet(module: OpenModule, changes?: Readonly<Record<string, unknown>>, door?: Door): Promise<WireClient>;
  /** A client that passed its handshake and reads NewBlock; one event is in flight to it. */
  connect(module: OpenModule, changes?: Readonly<Record<string, unknown>>): Promise<WireClient>;
}

/**
 * Plays one scene and then asserts what every row promises: each refusal said what was found, what is allowed and what
 * to do; the honest module was not touched; the books balance.
 */
export async function playScene(
  door: Door,
  options: IpcHostOptions,
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using host = await startIpcHost(options);
  const honest = await startHonestModule(host);
  const clients: WireClient[] = [];

  const enter: Scene["enter"] = async (module, at = door) => {
    const client = at === "fd" ? await module.descriptor() : await dial(module.endpoint.socketPath);
    clients.push(client);
    return client;
  };
  const greet: Scene["greet"] = async (module, changes = {}, at = door) => {
    const client = await enter(module, at);
    const token = at === "path" ? { token: module.endpoint.token } : {};
    client.request(1, "Handshake", module.handshake({ ...token, ...changes }));
    await client.answer(1);
    return client;
  };
  const scene: Scene = {
    host,
    door,
    open: (openOptions) => host.open("hostile", openOptions),
    enter,
    greet,
    async connect(module, changes) {
      const client = await greet(module, changes);
      client.request(2, "SubscribeEvents", { event_types: ["NewBlock"] });
      await client.answer(2);
      host.bus.publish("NewBlock", exampleEvent("NewBlock"));
      expect((await client.next())[0]).toBe(2);
      return client;
    },
  };
  try {
    await play(scene);
    for (const client of clients) for (const { message } of client.refusals) expectThreeParts(message);
    await honest.expectUnaffected();
    expectBalancedBooks(host.bus);
  } finally {
    for (const client of clients) client.socket.destroy();
  }
}

/** Connects to a path that is perhaps just being bound again. */
async function dial(path: string): Promise<WireClient> {
  let client: WireClient | undefined;
  await eventually(`${path} lets somebody in`, async () => {
    client = await WireClient.dial(path).catch(() => undefined);
    return client !== undefined;
  });
  return client as WireClient;
}
