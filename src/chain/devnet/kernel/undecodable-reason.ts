/** Why bytes that are no block are refused, in Core's word where there is one. */
export function undecodableReason(_bytes: Uint8Array): string {
  return "block-undecodable";
}
