import { decode } from "@msgpack/msgpack";
import { frame, pack } from "../kit/ipc-bytes.js";
import type { FuzzedConnection, FuzzedHost } from "./fuzzed-host.js";
import { HANDSHAKE } from "./recorded-traffic.js";

const [EVENT, GAP, PING] = [2, 6, 8];

/** A module that does everything right beside the hostile ones: it is connected all the time, and must be served. */
export class HonestClient {
  readonly #host: FuzzedHost;
  readonly #connection: FuzzedConnection;
  #nonce = 0;

  constructor(host: FuzzedHost) {
    this.#host = host;
    this.#connection = host.open("honest");
    this.#send(0, 1, "Handshake", { ...HANDSHAKE, module_name: "honest" });
    this.#send(0, 2, "SubscribeEvents", { event_types: ["FeeRateChanged"] });
    this.#read();
  }

  /** What is wrong with how the host serves this client now; undefined for nothing. */
  problem(): string | undefined {
    this.#nonce++;
    this.#send(PING, this.#nonce);
    const pong = this.#read().find(([kind, nonce]) => kind === 9 && nonce === this.#nonce);
    if (pong === undefined) return "an honest client's ping was not answered";
    this.#host.publish(1);
    const event = this.#read().find(([kind]) => kind === EVENT);
    return event === undefined ? "an honest client did not get an event" : undefined;
  }

  #send(...message: readonly unknown[]): void {
    this.#connection.transport.receive(frame(pack(message)));
    this.#connection.endTurn();
  }

  /** All that the host has for this client, acknowledged as it comes. */
  #read(): unknown[][] {
    const messages: unknown[][] = [];
    for (;;) {
      this.#connection.endTurn();
      const batch = this.#connection.transport.takeBodies().map((body) => decode(body) as unknown[]);
      if (batch.length === 0) return messages;
      messages.push(...batch);
      for (const [kind, seq, toSeq] of batch) {
        if (kind === EVENT || kind === GAP) this.#send(7, kind === EVENT ? seq : toSeq);
        else if (kind === PING) this.#send(9, seq);
      }
    }
  }
}
