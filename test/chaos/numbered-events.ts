import type { EventPayload, EventType } from "../../src/events/index.js";
import type { Host } from "../../src/host.js";
import type { Draw } from "./draw.js";

/** What every module of a chaos run subscribes to: all that the run publishes, and nothing else. */
export const numberedTypes = ["MempoolTransactionAdded", "FeeRateChanged", "BlockDisconnected"] as const;

/** Publishes events that carry their own number, from 1 on without a hole. */
export interface NumberedPublisher {
  /** The number of the newest event. */
  readonly published: number;
  /** Of these, how many no encoder can take. */
  readonly unsendable: number;
  publish(count: number): void;
}

const hash = "5e1f".repeat(16);
const UNSENDABLE_SHARE = 0.0002;

export function numberedPublisher(host: Pick<Host, "publish">, draw: Draw): NumberedPublisher {
  let published = 0;
  let unsendable = 0;
  const send = <Type extends EventType>(type: Type, payload: EventPayload<Type>) =>
    host.publish(type, payload);
  const publishOne = (ordinal: number) => {
    if (ordinal % 97 === 0) send("BlockDisconnected", { hash, height: ordinal });
    else if (ordinal % 7 === 0)
      send("FeeRateChanged", { old_fee_rate: 1, new_fee_rate: 2, mempool_size: ordinal });
    else if (draw.chance(UNSENDABLE_SHARE)) {
      unsendable++;
      const symbol = Symbol("nothing that can be sent") as unknown as string;
      send("MempoolTransactionAdded", { tx_hash: symbol, fee_rate: 1, mempool_size: ordinal });
    } else send("MempoolTransactionAdded", { tx_hash: hash, fee_rate: 1.5, mempool_size: ordinal });
  };
  return {
    get published() {
      return published;
    },
    get unsendable() {
      return unsendable;
    },
    publish(count) {
      for (let n = 0; n < count; n++) publishOne(++published);
    },
  };
}
