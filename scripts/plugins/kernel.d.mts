import type { Plugin } from "rollup";

export function deflateWasm(options: { loader: string }): Plugin;
export function toLetters(bytes: Uint8Array): string;
export function kernelFirst(): Plugin;
export function entryKernel(file: string): Plugin;
export function withoutKernel(module: string): Plugin;
