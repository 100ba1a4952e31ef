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
export function entryKernel(file: string): Plugin;
export function withoutKernel(module: string): Plugin;
export function instead(module: string, other: string): Plugin;
export function splitAfter(entry: string): Plugin;
export function typesFrom(main: string): Plugin;
export function withPureCalls(code: string, tree: object): string;
export function licenses(): Plugin;
