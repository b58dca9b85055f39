import type { StoredRecord } from "../store/devnet-store.js";

/** `raw`: blocks in hex. `rpc`: requests of Bitcoin Core's JSON-RPC. */
export type ExportFormat = "raw" | "rpc";

/**
 * Writes a chain without the blocks that were refused, as lines (without their ends), one at a time, in the order in which things happened here: a parent
 * before its children, losing branches where they were accepted. Given to a Bitcoin Core on regtest line after line they
 * make the same tree and the same reorganisations there.
 * `raw` has one block a line, for `submitblock`. What an operator did isn't in it: a branch that `invalidateblock` took
 * off wins again there where it has more work. `rpc` has that too, as one request a line: submitblock, invalidateblock,
 * reconsiderblock, and setmocktime, without which a block of a mocked future is refused.
 */
export function* exportBlocks(
  records: Iterable<StoredRecord>,
  format: ExportFormat = "raw",
  refused: ReadonlySet<string> = new Set(),
): Generator<string> {
  for (const record of records) {
    if (record.kind === "block" && refused.has(record.hash)) continue;
    const line = format === "raw" ? rawLine(record) : rpcLine(record);
    if (line !== undefined) yield line;
  }
}

/** Blocks that broke a rule when they came: no node would take them. */
export function refusedBlocks(records: Iterable<StoredRecord>): ReadonlySet<string> {
  const refused = new Set<string>();
  for (const record of records) if (record.kind === "refused") refused.add(record.hash);
  return refused;
}

function rawLine(record: StoredRecord): string | undefined {
  return record.kind === "block" ? hex(record.bytes) : undefined;
}

function rpcLine(record: StoredRecord): string | undefined {
  switch (record.kind) {
    case "block":
      return request("submitblock", hex(record.bytes));
    case "invalidated":
      return request("invalidateblock", record.hash);
    case "reconsidered":
      return request("reconsiderblock", record.hash);
    case "mock_time":
      return request("setmocktime", record.timeS);
    // Confirmed ones are in blocks; the rest may have been replaced since.
    case "transaction":
    case "transaction_left":
    case "refused":
      return undefined;
    default:
      return record satisfies never;
  }
}

function request(method: string, parameter: string | number): string {
  return JSON.stringify({ jsonrpc: "1.0", id: "export", method, params: [parameter] });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
