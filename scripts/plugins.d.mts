import type { Plugin } from "rollup";

export function text(): Plugin & { enforce: "pre" };
export function scriptText(): Plugin & { enforce: "pre" };
export function bundleScript(file: string): Promise<string>;
export function deflateWasm(options: { loader: string }): Plugin;
export function toLetters(bytes: Uint8Array): string;
export function minify(): Plugin;
export function statementPerLine(code: string, tree: object): string;
export function kernelFirst(): Plugin;
export function strip(): Plugin;
export function entryKernel(options: { file?: string; code?: string }): Plugin;
export function licenses(): Plugin;
