import { chainAndHost } from "./boards/chain-and-host.js";
import { delivery } from "./boards/delivery.js";
import { module } from "./boards/one-module.js";
import { streamsBoard } from "./boards/streams.js";
import type { Board } from "./panel-spec.js";

/** All boards, the one to begin with first. */
export const boards: readonly Board[] = [delivery, module, streamsBoard, chainAndHost];
