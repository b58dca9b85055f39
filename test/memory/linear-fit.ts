/** A straight line through points, by least squares. */
export interface LinearFit {
  /** Units of y per unit of x. */
  readonly slope: number;
  /** How far the slope may be off: one standard error. */
  readonly slopeError: number;
}

/** @param points at least three of them, not all at the same x */
export function linearFit(points: readonly (readonly [x: number, y: number])[]): LinearFit {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const squares = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / squares;
  const residue = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, slopeError: Math.sqrt(residue / (count - 2) / squares) };
}
