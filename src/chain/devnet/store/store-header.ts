import { crc32 } from "node:zlib";
import { fromDisplayHex } from "../../block/display-hex.js";

/** The genesis block of Bitcoin Core's regtest: what says that a store is of this chain. */
const genesisHash = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";
const magic = Buffer.from("blvmdev\n", "latin1");
const version = 1;
// The four bytes that begin each message of a regtest node.
const network = Buffer.from("fabfb5da", "hex");

/** Length of the header: magic, version, network, genesis hash and a CRC. */
export const storeHeaderBytes = 52;

/** What a store of this version and chain begins with. */
export function storeHeader(): Buffer {
  const header = Buffer.alloc(storeHeaderBytes);
  header.set(magic, 0);
  header.writeUInt32LE(version, 8);
  header.set(network, 12);
  header.set(fromDisplayHex(genesisHash), 16);
  header.writeUInt32LE(crc32(header.subarray(0, 48)), 48);
  return header;
}

/** What a file is, judged by its first bytes (all of them, or as many as there are). */
export type HeaderVerdict =
  | { readonly is: "store" }
  /** It ends inside the header: nothing was ever kept in it. */
  | { readonly is: "empty" }
  /** `found` says what it is instead. */
  | { readonly is: "foreign"; readonly found: string };

export function judgeHeader(first: Buffer): HeaderVerdict {
  const own = storeHeader();
  const shared = Math.min(first.length, storeHeaderBytes);
  const isOwn = first.subarray(0, shared).equals(own.subarray(0, shared));
  if (isOwn) return { is: shared < storeHeaderBytes ? "empty" : "store" };
  if (shared < storeHeaderBytes || !first.subarray(0, 8).equals(magic)) {
    return { is: "foreign", found: "no devnet store" };
  }
  if (first.readUInt32LE(48) !== crc32(first.subarray(0, 48))) {
    return { is: "foreign", found: "a devnet store with a damaged header" };
  }
  const foundVersion = first.readUInt32LE(8);
  if (foundVersion !== version) return { is: "foreign", found: `a devnet store of version ${foundVersion}` };
  return { is: "foreign", found: `a devnet store of network ${first.subarray(12, 16).toString("hex")}` };
}

/** What `judgeHeader` takes for its own, in words. */
export const allowedStore = `a devnet store of version ${version} of network ${network.toString("hex")} (regtest)`;
