/**
 * Leaves out of a list whatever it fails without: first halves, then ever smaller parts, then single items.
 * @returns a list that still fails and of which no single item can go, unless `maxAttempts` ran out before.
 */
export async function shrink<Item>(
  items: readonly Item[],
  stillFails: (items: readonly Item[]) => Promise<boolean>,
  maxAttempts = 2000,
): Promise<Item[]> {
  let smallest = [...items];
  let attempts = 0;
  for (let size = Math.ceil(smallest.length / 2); size >= 1; ) {
    let hasShrunk = false;
    for (let from = smallest.length - size; from > -size && attempts < maxAttempts; from -= size) {
      const shorter = smallest.filter((_item, n) => n < from || n >= from + size);
      attempts++;
      if (shorter.length === smallest.length || !(await stillFails(shorter))) continue;
      smallest = shorter;
      hasShrunk = true;
    }
    if (attempts >= maxAttempts || (size === 1 && !hasShrunk)) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return smallest;
}
