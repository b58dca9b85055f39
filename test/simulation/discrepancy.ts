/** The engine did something else than its contract says. */
class Discrepancy extends Error {}

export function demand(isAsPromised: boolean, problem: () => string): void {
  if (!isAsPromised) throw new Discrepancy(problem());
}
