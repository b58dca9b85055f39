/** The engine did something else than its contract says. */
export class Discrepancy extends Error {}

export function demand(isAsPromised: boolean, problem: () => string): void {
  if (!isAsPromised) throw new Discrepancy(problem());
}
