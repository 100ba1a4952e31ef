// The entry without a kernel, given it in every form; and the entry for files.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFile } from "recurra/node";
import * as recurra from "recurra/slim";
import { report } from "./conformance.js";

const path = createRequire(import.meta.url).resolve("recurra/kernel.wasm");
const bytes = readFile(path);
const modules = [
  bytes,
  WebAssembly.compile(bytes),
  new Response(bytes, { headers: { "content-type": "application/wasm" } }),
  pathToFileURL(path),
];
const lines = [];
for (const module of modules) lines.push(await report(recurra, { module }));
console.log(lines.find((line) => line !== lines[0]) ?? lines[0]);
