import { toDisplayHex } from "../../../../src/chain/block/display-hex.js";
import { hash256 } from "../../../../src/chain/block/hash256.js";
import { merkleRoot } from "../../../../src/chain/block/merkle-root.js";

/** What a miner reads of getblocktemplate. */
export interface Template {
  readonly version: number;
  readonly previousblockhash: string;
  readonly transactions: readonly { readonly data: string; readonly txid: string }[];
  readonly coinbasevalue: number;
  readonly curtime: number;
  readonly bits: string;
  readonly target: string;
  readonly height: number;
  readonly default_witness_commitment: string;
}

const le = (value: number, bytes: 2 | 4) => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 2) buffer.writeUInt16LE(value);
  else buffer.writeInt32LE(value | 0);
  return buffer.toString("hex");
};
const le64 = (value: number) => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer.toString("hex");
};
const count = (value: number) => (value < 0xfd ? Buffer.of(value).toString("hex") : `fd${le(value, 2)}`);
const sized = (hex: string) => count(hex.length / 2) + hex;
const turned = (hex: string) => Buffer.from(hex, "hex").reverse().toString("hex");

/** A block of a template, by a miner who shares no code with the devnet's; in hex. */
export function solveTemplate(template: Template): string {
  const height = template.height > 0x7f ? le(template.height, 2) : count(template.height);
  const input = `${"00".repeat(32)}ffffffff${sized(`${sized(height)}0101`)}ffffffff`;
  const commitment = `${le64(0)}${sized(template.default_witness_commitment)}`;
  const body = `01${input}02${le64(template.coinbasevalue)}${sized("51")}${commitment}`;
  const coinbase = `02000000${body}00000000`;
  const withWitness = `020000000001${body}01${sized("00".repeat(32))}00000000`;
  const txids = [coinbase].map((hex) => toDisplayHex(hash256(Buffer.from(hex, "hex"))));
  const { root } = merkleRoot([txids[0] ?? "", ...template.transactions.map(({ txid }) => txid)]);
  const place = `${le(template.version, 4)}${turned(template.previousblockhash)}${turned(root)}`;
  const fields = `${place}${le(template.curtime, 4)}${turned(template.bits)}`;
  for (let nonce = 0; ; nonce += 1) {
    const header = fields + le(nonce, 4);
    if (toDisplayHex(hash256(Buffer.from(header, "hex"))) > template.target) continue;
    const transactions = [withWitness, ...template.transactions.map(({ data }) => data)];
    return header + count(transactions.length) + transactions.join("");
  }
}
