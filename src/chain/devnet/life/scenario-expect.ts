import { peerPlace } from "./peer-address.js";
import type { Stage } from "./played-stage.js";
import type { ActionStep } from "./scenario-steps.js";

type Expected = Extract<ActionStep, { kind: "expect" }>["given"];
type Resolve = (text: string, kind: "block" | "transaction" | "peer") => string;

/** What was found in the place of what was expected; the player makes an error of it that names the line. */
export class FailedExpectation extends Error {
  readonly what: string;
  readonly found: string;
  readonly expected: string;

  constructor(what: string, found: string | number, expected: string | number) {
    super(`${what} is ${found}, expected is ${expected}`);
    this.what = what;
    this.found = String(found);
    this.expected = String(expected);
  }
}

/** Compares in the order of the fields below. @throws FailedExpectation at the first that isn't so */
export function checkExpectations(expected: Expected, { actions, startTip }: Stage, resolve: Resolve): void {
  const { tip } = actions;
  const waiting = new Set(actions.waiting().map(({ transaction }) => transaction.txid));
  const connected = new Set(actions.peers().map(({ address }) => address));
  const addressOf = (peer: string) => peerPlace(resolve(peer, "peer")).address;

  equal("height", tip.heightBlocks, expected.height);
  atLeast("height_at_least", tip.heightBlocks, expected.height_at_least);
  equal("blocks_since_start", tip.heightBlocks - startTip.heightBlocks, expected.blocks_since_start);
  equal("tip", tip.hash, expected.tip === undefined ? undefined : resolve(expected.tip, "block"));
  equal("mempool_size", waiting.size, expected.mempool_size);
  atLeast("mempool_size_at_least", waiting.size, expected.mempool_size_at_least);
  const most = expected.mempool_size_at_most;
  if (most !== undefined && waiting.size > most) {
    throw new FailedExpectation("mempool_size_at_most", waiting.size, `at most ${most}`);
  }
  for (const one of expected.waiting ?? []) {
    member("waiting", one, waiting.has(resolve(one, "transaction")), "waiting");
  }
  for (const one of expected.not_waiting ?? []) {
    member("not_waiting", one, !waiting.has(resolve(one, "transaction")), "not waiting");
  }
  const least = expected.balance_at_least_sat;
  if (least !== undefined) atLeast("balance_at_least_sat", actions.balanceSat(), least);
  equal("peers", connected.size, expected.peers);
  for (const one of expected.connected ?? []) {
    member("connected", one, connected.has(addressOf(one)), "connected");
  }
  for (const one of expected.not_connected ?? []) {
    member("not_connected", one, !connected.has(addressOf(one)), "not connected");
  }
}

function equal<Value extends string | number>(what: string, found: Value, expected: Value | undefined): void {
  if (expected !== undefined && found !== expected) throw new FailedExpectation(what, found, expected);
}

function atLeast(what: string, found: number, least: number | undefined): void {
  if (least !== undefined && found < least) throw new FailedExpectation(what, found, `at least ${least}`);
}

function member(what: string, one: string, isSo: boolean, expected: string): void {
  if (isSo) return;
  const opposite = expected.startsWith("not ") ? expected.slice(4) : `not ${expected}`;
  throw new FailedExpectation(`${what} ${one}`, opposite, expected);
}
