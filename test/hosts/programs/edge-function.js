// A function of Vercel's Edge Runtime.
import * as recurra from "recurra";
import { report } from "./conformance.js";
import { forbidCompiling } from "./no-compiling.js";

export async function GET() {
  forbidCompiling();
  return new Response(await report(recurra, { workers: 0 }));
}
