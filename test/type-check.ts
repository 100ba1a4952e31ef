import { join } from "node:path";
import ts from "typescript";
import { root } from "./cli/program.js";

/** What the compiler says of these files, as strict as it can be and with `skipLibCheck` off. */
export function typeCheck(
  files: readonly string[],
  lib = ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
): { wrong: string[]; sources: string[] } {
  const compiled = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  });
  const wrong = ts.getPreEmitDiagnostics(compiled).map(({ messageText, file, start = 0 }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  return { wrong, sources: compiled.getSourceFiles().map(({ fileName }) => fileName) };
}
