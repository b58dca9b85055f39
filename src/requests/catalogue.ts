import type { z } from "zod";
import { blockchainRequests } from "./blockchain.js";
import type { RequestDefinition } from "./define-request.js";
import { eventRequests } from "./events.js";
import { fileRequests } from "./files.js";
import { mempoolRequests } from "./mempool.js";
import { metricRequests } from "./metrics.js";
import { miningRequests } from "./mining.js";
import { moduleRequests } from "./modules.js";
import { networkRequests } from "./network.js";
import { paymentRequests } from "./payment.js";
import { rpcRequests } from "./rpc.js";
import { storageRequests } from "./storage.js";
import { timerRequests } from "./timers.js";

/** The requests by domain, in the order of the reference page. */
export const requestDomains = {
  blockchain: blockchainRequests,
  mempool: mempoolRequests,
  mining: miningRequests,
  network: networkRequests,
  payment: paymentRequests,
  events: eventRequests,
  modules: moduleRequests,
  rpc: rpcRequests,
  timers: timerRequests,
  metrics: metricRequests,
  storage: storageRequests,
  files: fileRequests,
};

const definitions = {
  ...blockchainRequests,
  ...mempoolRequests,
  ...miningRequests,
  ...networkRequests,
  ...paymentRequests,
  ...eventRequests,
  ...moduleRequests,
  ...rpcRequests,
  ...timerRequests,
  ...metricRequests,
  ...storageRequests,
  ...fileRequests,
};

/** Every request but the Handshake, with its own types. */
export type Requests = typeof definitions;
export type RequestName = keyof Requests;
/** A payload after it was checked. */
export type RequestInput<Name extends RequestName> = z.output<ReturnType<Requests[Name]["input"]>>;
/** What whoever serves a request may answer. */
export type GivenAnswer<Name extends RequestName> = z.input<ReturnType<Requests[Name]["answer"]>>;
/** What the client's method resolves with. */
export type RequestAnswer<Name extends RequestName> = z.output<ReturnType<Requests[Name]["answer"]>>;

/** Every request of the protocol by name. @see spec of the wire in docs/requests.md */
export const requests: Requests = definitions;
export const requestNames = Object.keys(definitions) as readonly RequestName[];

export function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(definitions, name);
}

/** A request without its own types, for whoever treats all alike. */
export function requestDefinition(name: RequestName): RequestDefinition {
  return definitions[name] as unknown as RequestDefinition;
}
