import { VirtualTimeScheduler } from "rxjs";
import { createMessagePackCodec, HOST_BODY_LIMITS, ModuleEnd } from "../../src/ipc/index.js";
import { pack } from "../kit/ipc-bytes.js";
import { FuzzTransport } from "./fuzz-transport.js";

/** Bodies of frames in both directions of one session, as the real ends put them on the wire. */
export interface RecordedTraffic {
  readonly fromModule: readonly Uint8Array[];
  readonly fromHost: readonly Uint8Array[];
}

export const HANDSHAKE = {
  module_id: "fuzzed_00112233445566778899aabbccddeeff",
  module_name: "fuzzed",
  version: "1.0.0",
  protocol: { min: 1, max: 1 },
  features: ["ack", "gap", "timing"],
};

const HANDSHAKE_ACK = {
  node_version: "0.0.0-fuzz",
  protocol: 1,
  features: ["ack", "gap", "timing"],
  max_frame_bytes: 65_536,
  capacity: 100,
  window: 256,
  heartbeat_ms: 1000,
};

const NEW_BLOCK = { block_hash: "0f".repeat(32), height: 898_352 };
const FROM_HOST: readonly (readonly unknown[])[] = [
  [1, 1, true, HANDSHAKE_ACK],
  [1, 2, true, null],
  [2, 41, 1_700_000_000_000, "NewBlock", NEW_BLOCK, "node"],
  [
    2,
    42,
    1_700_000_000_001,
    "FeeRateChanged",
    { old_fee_rate: 1.5, new_fee_rate: 2, mempool_size: 7 },
    "node",
  ],
  [6, 43, 51, 9, "channel_full"],
  [8, 1],
  [1, 3, true, { tip_hash: "0f".repeat(32), height: 898_352, is_synced: true }],
  [
    1,
    4,
    false,
    { code: "PERMISSION_DENIED", message: "no; yes; ask", retryable: false, details: { field: "a" } },
  ],
  [4, 1, "stop", { reason: "unload", deadline_ms: 5000 }],
  [1, 0, false, { code: "PROTOCOL_ERROR", message: "found; allowed; do", retryable: false }],
];

/** Plays a whole session with the module's real end and keeps what crossed the wire. The same in each run. */
export function recordTraffic(): RecordedTraffic {
  const transport = new FuzzTransport();
  const end = new ModuleEnd(
    {
      transport,
      codec: createMessagePackCodec(HOST_BODY_LIMITS),
      scheduler: new VirtualTimeScheduler(undefined, 0),
      scheduleFlush: (flush) => flush(),
    },
    { onDelivery() {}, onInvocation: () => Promise.resolve(null), onClosed() {} },
  );
  const ask = (type: string, payload: unknown) => {
    end.request(type, payload, { timeoutMs: 1000 }).catch(() => {});
  };
  ask("Handshake", HANDSHAKE);
  ask("SubscribeEvents", { event_types: ["NewBlock", "FeeRateChanged", "ModuleLoaded"] });
  ask("GetChainInfo", {});
  ask("GetBlockHeight", {});
  ask("DiscoverModules", {});
  ask("PublishEvent", { event_type: "PaymentSettled", payload: { payment_id: "p", amount_sats: 3 } });
  ask("UnsubscribeEvents", { event_types: ["NewBlock"] });
  end.acknowledge(1, undefined);
  end.acknowledge(2, { NewBlock: [1, 250, 250], FeeRateChanged: [3, 900, 400] });
  end.log("info", "fuzzed", "a line of text: ünï", 1_700_000_000_002, {
    height: 5,
    nested: { deep: [1, 2.5, null] },
  });
  end.log("warn", "fuzzed", "", 0, {});
  const fromModule = [...transport.takeBodies(), pack([5, 1, true, null]), pack([8, 7]), pack([9, 1])];
  return { fromModule, fromHost: FROM_HOST.map(pack) };
}
