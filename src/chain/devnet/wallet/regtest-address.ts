import { Address, OutScript } from "@scure/btc-signer";

/** Prefixes of Core's regtest. */
const regtest = { bech32: "bcrt", pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef };
const addresses = Address(regtest);

const paidTypes: ReadonlySet<string> = new Set(["wpkh", "tr", "wsh", "pkh", "sh"]);

/** The script that pays an address: P2WPKH, P2TR, P2WSH, P2PKH or P2SH of regtest; undefined for everything else. */
export function scriptOfAddress(address: string): Uint8Array | undefined {
  if (address.length > 90) return undefined;
  try {
    const decoded = addresses.decode(address);
    return paidTypes.has(decoded.type) ? OutScript.encode(decoded) : undefined;
  } catch {
    return undefined;
  }
}

/** The regtest address of a script of those forms; undefined for every other script. */
export function addressOfScript(script: Uint8Array): string | undefined {
  if (script.length > 34) return undefined;
  try {
    const decoded = OutScript.decode(script);
    switch (decoded.type) {
      case "wpkh":
      case "wsh":
      case "pkh":
      case "sh":
      case "tr":
        return addresses.encode(decoded);
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}
