import type { ChainView } from "../../node-api/index.js";
import { answered, requireQuery } from "./chain-query.js";

/** The fields of a header; hashes in display order. */
export interface DecodedHeader {
  readonly version: number;
  readonly previousHash: string;
  readonly merkleRoot: string;
  readonly timestampS: number;
  readonly bits: number;
  readonly nonce: number;
}

export interface DecodedBlock {
  readonly header: DecodedHeader;
  readonly txids: readonly string[];
  readonly sizeBytes: number;
  readonly weightWu: number;
  /** As its coinbase claims it; undefined for a block that is older than that rule. */
  readonly claimedHeight: number | undefined;
}

/** Reads what the source gives as bytes; the host lends it. */
export interface ChainDecoding {
  block(bytes: Uint8Array): DecodedBlock;
  /** Of the 80 bytes. */
  header(bytes: Uint8Array): DecodedHeader;
  difficulty(bits: number): number;
}

const NO_HASH = "0".repeat(64);

/** Blocks and headers in the form in which Bitcoin Core tells them. */
export class BlockAnswers {
  readonly #chain: ChainView;
  readonly #decoding: ChainDecoding;

  constructor(chain: ChainView, decoding: ChainDecoding) {
    this.#chain = chain;
    this.#decoding = decoding;
  }

  /** @throws NOT_AVAILABLE, RPC_NOT_FOUND */
  async hex(hash: string): Promise<string> {
    return Buffer.from(await this.#bytes(hash)).toString("hex");
  }

  /** @throws NOT_AVAILABLE, RPC_NOT_FOUND */
  async block(hash: string): Promise<Record<string, unknown>> {
    const block = this.#decoding.block(await this.#bytes(hash));
    const { header, txids, sizeBytes, weightWu } = block;
    return {
      hash,
      ...(await this.#place(hash, block.claimedHeight)),
      ...this.#headerFields(header),
      nTx: txids.length,
      strippedsize: (weightWu - sizeBytes) / 3,
      size: sizeBytes,
      weight: weightWu,
      tx: txids,
    };
  }

  /** @throws NOT_AVAILABLE, RPC_NOT_FOUND */
  async headerHex(hash: string): Promise<string> {
    return Buffer.from(await this.#headerBytes(hash)).toString("hex");
  }

  /** @throws NOT_AVAILABLE, RPC_NOT_FOUND */
  async header(hash: string): Promise<Record<string, unknown>> {
    const header = this.#decoding.header(await this.#headerBytes(hash));
    const bytes = await this.#chain.queries.block?.(hash);
    const claimed = bytes === undefined ? undefined : this.#decoding.block(bytes).claimedHeight;
    return { hash, ...(await this.#place(hash, claimed)), ...this.#headerFields(header) };
  }

  #bytes(hash: string): Promise<Uint8Array> {
    return answered(requireQuery(this.#chain, "block", "a block")(hash), "block", hash, this.#chain);
  }

  #headerBytes(hash: string): Promise<Uint8Array> {
    const find = requireQuery(this.#chain, "blockHeader", "a block's header");
    return answered(find(hash), "block", hash, this.#chain);
  }

  /** Height and confirmations where the block stands in the best chain; -1 confirmations where another one does. */
  async #place(hash: string, claimed: number | undefined): Promise<Record<string, number>> {
    const tip = this.#chain.tip();
    const height = tip?.hash === hash ? tip.heightBlocks : claimed;
    if (tip === undefined || height === undefined) return {};
    if (tip.hash === hash) return { confirmations: 1, height };
    const best = await this.#chain.queries.blockHashAt?.(height);
    if (best === undefined) return {};
    return { confirmations: best === hash ? tip.heightBlocks - height + 1 : -1, height };
  }

  #headerFields(header: DecodedHeader): Record<string, unknown> {
    const { version, previousHash, merkleRoot, timestampS, bits, nonce } = header;
    return {
      version,
      versionHex: hex32(version),
      merkleroot: merkleRoot,
      time: timestampS,
      nonce,
      bits: hex32(bits),
      difficulty: this.#decoding.difficulty(bits),
      ...(previousHash === NO_HASH ? {} : { previousblockhash: previousHash }),
    };
  }
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
