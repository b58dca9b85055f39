// @ts-check
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const src = fileURLToPath(new URL("../../src", import.meta.url));

/**
 * One code of a room's table of errors.
 * `meaning` is the comment above it, empty when there is none; `message` its text with {details} in braces.
 * @typedef {{ code: string, meaning: string, message: string }} DocumentedError
 */

export const page = {
  path: "docs/errors.md",
  source: "src/*/errors.ts",
  async render() {
    const sections = roomsWithErrors().map((room) => {
      const errors = readErrors(readFileSync(join(src, room, "errors.ts"), "utf8"));
      return [`## ${room}`, ...errors.map(renderError)].join("\n\n");
    });
    return ["# Errors", INTRODUCTION, ...sections].join("\n\n");
  },
};

const INTRODUCTION = `\
Every error of the engine carries a \`code\`, a \`message\` and \`details\`; match on the code, the only part that stays.
A message says what was found, what is allowed and what to do. Words in braces stand for the error's details.
The codes are grouped by the part of the engine that raises them.`;

/** @returns {string[]} the folders of `src` that hold an errors.ts, sorted */
export function roomsWithErrors() {
  return readdirSync(src)
    .filter((room) => existsSync(join(src, room, "errors.ts")))
    .sort();
}

/**
 * Reads the tables that a source file passes to `defineErrors`.
 * @param {string} text
 * @returns {DocumentedError[]}
 */
export function readErrors(text) {
  const source = ts.createSourceFile("errors.ts", text, ts.ScriptTarget.ES2023, true);
  /** @type {DocumentedError[]} */
  const errors = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText() === "defineErrors") {
      const [table] = node.arguments;
      if (table !== undefined && ts.isObjectLiteralExpression(table))
        errors.push(...table.properties.map(readError));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return errors;
}

/**
 * @param {ts.ObjectLiteralElementLike} entry
 * @returns {DocumentedError}
 */
function readError(entry) {
  const comments = ts
    .getJSDocCommentsAndTags(entry)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "");
  const factory = ts.isPropertyAssignment(entry) ? entry.initializer : undefined;
  const isArrow = factory !== undefined && ts.isArrowFunction(factory);
  return {
    code: entry.name?.getText() ?? "",
    meaning: comments.join(" ").replace(/\s+/g, " ").trim(),
    message: isArrow ? readTemplate(factory.body, factory.parameters[0]?.name.getText()) : "",
  };
}

/**
 * The text that an expression makes, as far as the source tells: strings as they are, values as {name}.
 * @param {ts.Node} node
 * @param {string | undefined} details the name of the parameter that holds the error's details
 * @returns {string}
 */
function readTemplate(node, details) {
  if (ts.isParenthesizedExpression(node)) return readTemplate(node.expression, details);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(
      (span) => readTemplate(span.expression, details) + span.literal.text,
    );
    return node.head.text + spans.join("");
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return readTemplate(node.left, details) + readTemplate(node.right, details);
  }
  const called =
    ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? node.expression.text : undefined;
  return `{${detailName(node, details) ?? called ?? "…"}}`;
}

/**
 * The first detail that an expression reads.
 * @param {ts.Node} node
 * @param {string | undefined} details
 * @returns {string | undefined}
 */
function detailName(node, details) {
  if (ts.isPropertyAccessExpression(node) && node.expression.getText() === details) return node.name.text;
  return ts.forEachChild(node, (child) => detailName(child, details));
}

/** @param {DocumentedError} error */
function renderError({ code, meaning, message }) {
  const quoted = message === "" ? [] : [`> ${escapeMarkdown(message)}`];
  return [`### \`${code}\``, meaning, ...quoted].join("\n\n");
}

/** @param {string} text */
function escapeMarkdown(text) {
  return text
    .replaceAll("\n", " ")
    .replace(/`[^`]*`|[*<]/g, (found) => (found.startsWith("`") ? found : `\\${found}`));
}
