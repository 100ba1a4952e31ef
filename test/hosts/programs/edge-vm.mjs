// Runs a function of Vercel's Edge Runtime, bundled into one script, with the kernel compiled beforehand: `?module`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { EdgeVM } from "@edge-runtime/vm";

const kernel = readFileSync(createRequire(import.meta.url).resolve("recurra/kernel.wasm"));
const given = { "./kernel.wasm?module": new WebAssembly.Module(kernel) };
const edge = new EdgeVM({
  extend: (context) => Object.assign(context, { module: { exports: {} }, require: (name) => given[name] }),
});
edge.evaluate(readFileSync(process.argv[2], "utf8"));
const response = await edge.evaluate("module.exports.GET()");
console.log(await response.text());
