import { basename } from "node:path";
import ts from "typescript";

/** What one source file is checked for beside its imports. */
export interface FileRules {
  readonly maxLines: number;
  readonly allowsDefaultExport: boolean;
  /** True for a room's `index.ts`: only `export { … } from`, so that the door is a hand-written list. */
  readonly isDoor: boolean;
}

const NAMES_THAT_SAY_NOTHING = /^(utils?|helpers?|common|shared|misc|types|constants|manager)\.ts$/;

/** One sentence per broken rule; empty when the file keeps all of them. */
export function checkFile(path: string, text: string, rules: FileRules): string[] {
  const violations: string[] = [];
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  if (lines > rules.maxLines)
    violations.push(`${path} has ${lines} lines, at most ${rules.maxLines} are allowed`);
  if (NAMES_THAT_SAY_NOTHING.test(basename(path))) {
    violations.push(`${path} has a name that says nothing; name it after the concept that it holds`);
  }
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  if (!rules.allowsDefaultExport && source.statements.some(isDefaultExport)) {
    violations.push(`${path} has a default export; use a named one`);
  }
  if (rules.isDoor) {
    for (const statement of source.statements.filter((each) => !isNamedReExport(each))) {
      violations.push(`${path} is a door and may hold named re-exports only, not: ${firstLine(statement)}`);
    }
  }
  if (callsConsole(source)) violations.push(`${path} writes to console; log through the logger it is given`);
  return violations;
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  if (ts.isExportDeclaration(statement)) {
    const { exportClause } = statement;
    return (
      exportClause !== undefined &&
      ts.isNamedExports(exportClause) &&
      exportClause.elements.some(({ name }) => name.text === "default")
    );
  }
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false;
}

function isNamedReExport(statement: ts.Statement): boolean {
  return (
    ts.isExportDeclaration(statement) &&
    statement.moduleSpecifier !== undefined &&
    statement.exportClause !== undefined &&
    ts.isNamedExports(statement.exportClause)
  );
}

function callsConsole(node: ts.Node): boolean {
  if (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === "console"
  ) {
    return true;
  }
  return ts.forEachChild(node, (child) => callsConsole(child) || undefined) ?? false;
}

function firstLine(node: ts.Node): string {
  return node.getText().split("\n", 1)[0] ?? "";
}
