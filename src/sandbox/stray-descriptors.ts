import { FILTER_DESCRIPTOR, INFO_DESCRIPTOR } from "./launch-command.js";
import { leakedDescriptors } from "./leaked-descriptors.js";

/** So many more arguments do bubblewrap no harm; the null device stands in for descriptors beyond them. */
const MAX_STRAYS = 256;

/** What a child of this process would inherit at numbers that its sandbox doesn't use itself; the first {@link MAX_STRAYS}. */
export function strayDescriptors(): number[] {
  return leakedDescriptors()
    .filter((fd) => fd > INFO_DESCRIPTOR && fd !== FILTER_DESCRIPTOR)
    .slice(0, MAX_STRAYS);
}
