/**
 * Works on items, at most `width` at a time. After a failure nothing new begins; it rejects with the first
 * failure once all that had begun has ended, so that nothing is still at work behind the caller's back.
 */
export async function sideBySide<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    for (;;) {
      const item = items[next];
      if (next++ >= items.length || failure !== undefined) return;
      try {
        await work(item as Item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  if (failure !== undefined) throw failure.error;
}
