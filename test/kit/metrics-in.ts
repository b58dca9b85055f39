/** The metrics that an expression names: what stands before a brace, a bracket or an operator, and is no function. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/#.*$/gm, "")
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, "")
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, "")
    .replaceAll(/\b(?:by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, "");
  return [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => name.includes("_") || name.includes(":") || name === "up" || name === "ALERTS");
}
