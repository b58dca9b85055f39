import { defaultCapabilities } from "../../src/manifest/index.js";
import { NO_INTEGERS, publishBody } from "../kit/ipc-body.js";
import { frame } from "../kit/ipc-bytes.js";
import { answered, type ByteFault } from "./byte-fault.js";

const settled = { payment_id: "p1", tx_hash: "ab".repeat(32), confirmations: 1 };
const mayOffer = { capabilities: [...defaultCapabilities, "register_rpc_endpoint" as const] };
const mayPublish = { capabilities: [...defaultCapabilities, "publish_events" as const] };

function request(id: string, input: string, code: string, type: string, payload: unknown): ByteFault {
  return answered(id, input, code, ({ client }) => client.request(5, type, payload), 5);
}

function publishing(id: string, input: string, code: string, event_type: string, payload: object): ByteFault {
  return { ...request(id, input, code, "PublishEvent", { event_type, payload }), ...mayPublish };
}

const report = (name: string, value: object, labels: object = {}) => ({
  metric: { name, value, labels, timestamp: 1 },
});

/** The last of many requests is refused; the others are answered. */
function oneTooMany(fault: Omit<ByteFault, "attack" | "closes" | "lastId">, payloads: Sent[]): ByteFault {
  return {
    ...fault,
    ipc: { requests_per_second: 10_000 },
    attack: ({ client }) => {
      for (const [n, [type, payload]] of payloads.entries()) client.request(5 + n, type, payload);
    },
    closes: false,
    lastId: 4 + payloads.length,
  };
}
type Sent = readonly [type: string, payload: object];

const timerFaults: readonly ByteFault[] = [
  ...[0, 2 ** 31, Number.NaN].map((ms) =>
    request("H37", `a timer of ${ms} ms`, "RANGE_ERROR", "RegisterTimer", { interval_ms: ms }),
  ),
  request("H37", "a task before now", "RANGE_ERROR", "ScheduleTask", { delay_ms: -1 }),
  request("H37", "cancelling what isn't there", "UNKNOWN_TIMER", "CancelTimer", { timer_id: 1 }),
  oneTooMany(
    { id: "H37", input: "a 101st timer", codes: ["LIMIT"] },
    Array.from({ length: 101 }, (_, n) =>
      n % 2 === 0 ? ["RegisterTimer", { interval_ms: 60_000 }] : ["ScheduleTask", { delay_ms: 60_000 }],
    ),
  ),
].map((fault) => ({ ...fault, capabilities: [...defaultCapabilities, "manage_timers" as const] }));

const metricFaults: readonly ByteFault[] = [
  request("H38", "a name that ends the line", "BAD_NAME", "ReportMetric", report("a 1\nup", { Gauge: 1 })),
  request(
    "H38",
    "a label of the node",
    "BAD_NAME",
    "ReportMetric",
    report("a", { Gauge: 1 }, { module: "b" }),
  ),
  request("H38", "a metric of the node", "NAME_TAKEN", "ReportMetric", report("up", { Gauge: 1 })),
  request(
    "H38",
    "a value that is no number",
    "RANGE_ERROR",
    "ReportMetric",
    report("a", { Gauge: Number.NaN }),
  ),
  oneTooMany(
    { id: "H38", input: "a 1001st label value", codes: ["METRICS_LIMIT"] },
    Array.from({ length: 1001 }, (_, n) => ["ReportMetric", report("a", { Counter: 1 }, { id: String(n) })]),
  ),
].map((fault) => ({ ...fault, capabilities: [...defaultCapabilities, "report_metrics" as const] }));

/** Requests that are refused and have no effect. */
export const requestFaults: readonly ByteFault[] = [
  request("H20", "a request that doesn't exist", "UNKNOWN_REQUEST", "GetChainTipp", {}),
  request("H20", "a request named as a property of every object", "UNKNOWN_REQUEST", "toString", {}),
  request(
    "H20",
    "a request whose name is cut inside a character",
    "UNKNOWN_REQUEST",
    `${"x".repeat(63)}😀`,
    {},
  ),
  publishing("H20", "a word outside the set of its field", "INVALID_PARAMS", "SelectiveSyncPolicyApplied", {
    policy_source: "nobody",
    registry_count: 1,
  }),
  request("H21", "a request without its permission", "PERMISSION_DENIED", "DiscoverModules", {}),
  request("H21", "an event without the permission to publish", "PERMISSION_DENIED", "PublishEvent", {
    event_type: "PaymentSettled",
    payload: settled,
  }),
  request("H22", "a permission that the request itself claims", "PERMISSION_DENIED", "DiscoverModules", {
    capabilities: ["discover_modules"],
    permission: "discover_modules",
  }),
  request("H22", "a request for a permission", "UNKNOWN_REQUEST", "RequestCapability", {
    capability: "discover_modules",
  }),
  request("H23", "a subscription to an unknown event", "UNKNOWN_EVENT_TYPE", "SubscribeEvents", {
    event_types: ["PaymentSettled", "NewBlok"],
  }),
  request("H23", "a subscription to 10,000 events", "LIMIT", "SubscribeEvents", {
    event_types: Array.from({ length: 10_000 }, () => "NewBlock"),
  }),
  request("H35", "a list of types that is no list", "INVALID_PARAMS", "SubscribeEvents", {
    event_types: "NewBlock",
  }),
  ...[
    ["with the name of one of the node's", "NAME_TAKEN", "listmodules"],
    ["under another module's prefix", "BAD_NAME", "other_status"],
    ["whose name holds NUL", "INVALID_PARAMS", "a\0b"],
    ["whose name is 10,000 characters long", "INVALID_PARAMS", "a".repeat(10_000)],
  ].map(([input = "", code = "", method]) => ({
    ...request("H36", `a JSON-RPC method ${input}`, code, "RegisterRpcEndpoint", { method, description: "" }),
    ...mayOffer,
  })),
  {
    ...request("H36", "taking back a method that it never registered", "NOT_OWNER", "UnregisterRpcEndpoint", {
      method: "other_status",
    }),
    ...mayOffer,
  },
  ...["NewBlock", "NodeShutdown", "ModuleLoaded"].map((type) =>
    publishing("H24", `the node's own ${type}`, "PERMISSION_DENIED", type, {
      block_hash: "00".repeat(32),
      height: 1,
      reason: "forged",
      timeout_seconds: 1,
      module_name: "honest",
      version: "1.2.3",
    }),
  ),
  ...timerFaults,
  ...metricFaults,
  ...NO_INTEGERS.map(({ name, bytes }) => ({
    ...answered(
      "H34",
      `${name} in an integer field`,
      "RANGE_ERROR",
      ({ client }) =>
        client.sendBytes(frame(publishBody(5, "PaymentSettled", settled, "confirmations", bytes))),
      5,
    ),
    ...mayPublish,
  })),
];
