import type { Plugin } from "rollup";

export function text(): Plugin & { enforce: "pre" };
export function scriptText(): Plugin & { enforce: "pre" };
export function bundleScript(file: string): Promise<string>;
