/** Events of one tick whose types are looked at; of more, every second, third, … one. */
const MAX_LOOKED_AT = 2048;

/**
 * Of the events `fromSeq` to `toSeq`, at most `limit`, in order: all when they are few. Of many, each type gets its turn,
 * the rarest first, so that a block is seen among ten thousand transactions; within a type they are spread evenly.
 */
export function sampleSeqs(
  fromSeq: number,
  toSeq: number,
  typeOf: (seq: number) => string | undefined,
  limit: number,
): readonly number[] {
  const count = toSeq - fromSeq + 1;
  if (count <= limit) return Array.from({ length: Math.max(0, count) }, (_, n) => fromSeq + n);
  const byType = new Map<string, number[]>();
  const stride = Math.ceil(count / MAX_LOOKED_AT);
  for (let seq = toSeq; seq >= fromSeq; seq -= stride) {
    const type = typeOf(seq);
    if (type === undefined) continue;
    const seqs = byType.get(type);
    if (seqs === undefined) byType.set(type, [seq]);
    else seqs.push(seq);
  }
  const groups = [...byType.values()].sort((a, b) => a.length - b.length);
  return groups.flatMap((seqs, at) => evenly(seqs, shareOf(at, groups, limit))).sort((a, b) => a - b);
}

/** How many of a group are taken when each group gets one in turn until all are given. */
function shareOf(at: number, groups: readonly (readonly number[])[], limit: number): number {
  let left = limit;
  for (const [index, seqs] of groups.entries()) {
    // From the smallest on: what it doesn't need is there for those behind it.
    const share = Math.min(seqs.length, Math.ceil(left / (groups.length - index)));
    if (index === at) return share;
    left -= share;
  }
  return 0;
}

function evenly(seqs: readonly number[], count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => seqs[Math.floor((n * seqs.length) / count)] as number);
}
