// Engines round exp, pow and their like differently, and training promises the same bits in each of them. Where a
// result depends on it, use the kernel, or + - * / and Math.sqrt. Elsewhere allow it, with the reason:
//   const bits = loss / Math.LN2; // allow-math: a constant, and only shown
import { existsSync, readFileSync } from "node:fs";
import { filesUnder } from "./digest.mjs";
import { inRoot, program, say } from "./run.mjs";

const folders = ["ts/data", "ts/models", "ts/training"];
const exact = new Set(
  "abs ceil clz32 floor fround imul max min round sign sqrt trunc E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2".split(
    " ",
  ),
);

/** The places in one source file, as `{ line, what }`. */
function findings(ts, file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = text.split("\n");
  const found = [];
  const report = (node, what) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
    const allowed = [lines[line], lines[line - 1] ?? ""].some((text) => /\/\/ allow-math: \S/.test(text));
    if (!allowed) found.push({ line: line + 1, what });
  };
  const visit = (node) => {
    if (ts.isBinaryExpression(node)) {
      const operator = node.operatorToken.kind;
      if (
        operator === ts.SyntaxKind.AsteriskAsteriskToken ||
        operator === ts.SyntaxKind.AsteriskAsteriskEqualsToken
      ) {
        report(node.operatorToken, "**");
      }
    }
    // `Math` by itself (a destructuring, Math["exp"]) could be anything, so it is refused as well.
    if (ts.isIdentifier(node) && node.text === "Math") {
      const { parent } = node;
      const name =
        ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : undefined;
      if (name === undefined || !exact.has(name)) report(node, name ? `Math.${name}` : "Math");
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

await program(import.meta.url, async () => {
  const { default: ts } = await import("typescript");
  let count = 0;
  for (const file of folders.filter((folder) => existsSync(inRoot(folder))).flatMap(filesUnder)) {
    if (!file.endsWith(".ts")) continue;
    for (const { line, what } of findings(ts, file, readFileSync(inRoot(file), "utf8"))) {
      say(`${file}:${line}: ${what} is not the same bits in every engine; see scripts/lint-math.mjs`);
      count += 1;
    }
  }
  return count === 0 ? 0 : 1;
});
