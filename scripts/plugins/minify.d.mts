import type { Plugin } from "rollup";

export function minify(): Plugin;
export function withPureCalls(code: string, tree: object): string;
export function statementPerLine(code: string, tree: object): string;
