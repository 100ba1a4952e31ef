import type { Plugin } from "rollup";

export function text(): Plugin & { enforce: "pre" };
export function deflateWasm(options: { loader: string }): Plugin;
export function minify(): Plugin;
export function kernelLast(): Plugin;
export function licenses(): Plugin;
