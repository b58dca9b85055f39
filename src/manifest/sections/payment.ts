import type { ManifestPayment } from "../module-manifest.js";
import { isPlaceholder } from "../placeholder.js";
import type { TableReader } from "../table-reader.js";

/** All bitcoin there can ever be, in satoshis. */
const maxSats = 2_100_000_000_000_000;

/** Reads `[payment]`; none of its codes and addresses is judged here. Fault: BAD_MANIFEST. */
export function readPayment(table: TableReader | undefined): ManifestPayment | undefined {
  if (table === undefined) return undefined;
  const code = (key: string): string | undefined => {
    const text = table.text(key);
    if (text !== undefined && isPlaceholder(text)) table.report.markPlaceholder([...table.path, key], text);
    return text;
  };
  return {
    required: table.flag("required") ?? false,
    priceSats: table.amount("price_sats", maxSats),
    authorPaymentCode: code("author_payment_code"),
    authorAddress: code("author_address"),
    commonsPaymentCode: code("commons_payment_code"),
    commonsAddress: code("commons_address"),
    paymentSignature: code("payment_signature"),
  };
}
