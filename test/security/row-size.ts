import { shortForm } from "../kit/campaign.js";

/** How many of something a row sends: the whole figure in CI, less locally and where only a guard is tried. */
export function rowSize(ciFigure: number, localFigure: number): number {
  return process.env.GUARDS === undefined ? shortForm(ciFigure, localFigure) : localFigure;
}
