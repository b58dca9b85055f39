import type { KeyLine } from "./key-line.js";
import type { AddressKind } from "./wallet.js";
import { kindOfScript, type WalletKey } from "./wallet-key.js";

/** Keys of one kind; after the last the first comes again. Bounds memory: some 3 MB a kind. */
export const keysPerKind = 5000;
/** How far beyond the last used key a script is searched. */
export const gapLimit = 1000;

interface Sequence {
  readonly line: Pick<KeyLine, "next">;
  readonly keys: WalletKey[];
  nextIndex: number;
  hasWrapped: boolean;
}

/**
 * The keys of a wallet in order, `keysPerKind` of each kind, derived when they are first needed.
 * A script that is met moves its sequence on behind it, so that an address of a run before isn't handed out again.
 */
export class KeyRing {
  readonly #sequences: Readonly<Record<AddressKind, Sequence>>;
  readonly #byScript = new Map<string, WalletKey>();

  /** Asks each line for `keysPerKind` keys at most. */
  constructor(lineOf: (kind: AddressKind) => Pick<KeyLine, "next">) {
    const sequence = (kind: AddressKind) => ({
      line: lineOf(kind),
      keys: [],
      nextIndex: 0,
      hasWrapped: false,
    });
    this.#sequences = { p2wpkh: sequence("p2wpkh"), p2tr: sequence("p2tr") };
  }

  /** The key that `take` will hand out. */
  peek(kind: AddressKind): WalletKey {
    const sequence = this.#sequences[kind];
    return sequence.keys[sequence.nextIndex] ?? this.#derive(kind);
  }

  /** Hands out the next unused key, or from the first on again when all were. */
  take(kind: AddressKind): WalletKey {
    const key = this.peek(kind);
    const sequence = this.#sequences[kind];
    sequence.nextIndex = (key.index + 1) % keysPerKind;
    sequence.hasWrapped ||= sequence.nextIndex === 0;
    return key;
  }

  /** The key that a script pays. A script of somebody else costs up to `gapLimit` derivations, once. */
  keyOf(script: Uint8Array): WalletKey | undefined {
    const kind = kindOfScript(script);
    if (kind === undefined) return undefined;
    const key = this.#byScript.get(nameOf(script)) ?? this.#search(kind, script);
    if (key !== undefined) this.#markUsed(key);
    return key;
  }

  #search(kind: AddressKind, script: Uint8Array): WalletKey | undefined {
    const { keys, nextIndex } = this.#sequences[kind];
    const end = Math.min(nextIndex + gapLimit, keysPerKind);
    while (keys.length < end) {
      const key = this.#derive(kind);
      if (Buffer.compare(key.script, script) === 0) return key;
    }
    return undefined;
  }

  #markUsed(key: WalletKey): void {
    const sequence = this.#sequences[key.kind];
    if (sequence.hasWrapped || key.index < sequence.nextIndex) return;
    sequence.nextIndex = (key.index + 1) % keysPerKind;
    sequence.hasWrapped = sequence.nextIndex === 0;
  }

  #derive(kind: AddressKind): WalletKey {
    const { line, keys } = this.#sequences[kind];
    const key = line.next();
    keys.push(key);
    this.#byScript.set(nameOf(key.script), key);
    return key;
  }
}

// One character a byte: half the memory of hex.
function nameOf(script: Uint8Array): string {
  return Buffer.from(script.buffer, script.byteOffset, script.length).toString("latin1");
}
