import type { Colours } from "./draw-marbles.js";

/** Neighbours among the categories are far from each other on the wheel. */
const GOLDEN_ANGLE = 137.508;

export function categoryColour(category: string, categories: readonly string[], isDark: boolean): string {
  const index = Math.max(0, categories.indexOf(category));
  return `hsl(${Math.round((210 + index * GOLDEN_ANGLE) % 360)} ${isDark ? "70% 66%" : "72% 38%"})`;
}

export function cssColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The colours of the diagram, as the style sheet has them now. */
export function diagramColours(categoryOf: Readonly<Record<string, string>>, isDark: boolean): Colours {
  const categories = [...new Set(Object.values(categoryOf))];
  const known = new Map<string, string>();
  return {
    text: cssColour("--text"),
    faint: cssColour("--faint"),
    line: cssColour("--line"),
    bad: cssColour("--bad"),
    gap: cssColour("--gap"),
    focus: cssColour("--focus"),
    ground: cssColour("--ground"),
    ofType(type) {
      let colour = known.get(type);
      if (colour === undefined) {
        colour = categoryColour(categoryOf[type] ?? "", categories, isDark);
        known.set(type, colour);
      }
      return colour;
    },
  };
}
