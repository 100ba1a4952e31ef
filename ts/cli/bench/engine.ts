/** The same with another engine: this program, run by another Node. */
import { fileURLToPath } from "node:url";
import { RecurraError } from "../../index.js";
import type { Document } from "./document.js";
import { spawnGroup } from "./groups.js";

/** Throws "environment" if it does not answer with a document. One of which parts failed is one. */
export function inEngine(file: string, args: readonly string[]): Promise<Document> {
  const program = fileURLToPath(new URL("./cli.js", import.meta.url));
  return new Promise((resolve, reject) => {
    const failed = (got: string): void =>
      reject(new RecurraError({ code: "environment", message: `${file}: expected a document, got ${got}` }));
    const child = spawnGroup(file, [program, "bench", ...args, "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.on("error", ({ message }) => failed(message));
    child.on("close", (code, signal) => {
      const document = parsed(text);
      if (document !== undefined) return resolve(document);
      failed(`${signal ?? `code ${code}`}: ${text === "" ? "nothing" : JSON.stringify(text.slice(0, 100))}`);
    });
  });
}

function parsed(text: string): Document | undefined {
  try {
    const document = JSON.parse(text) as Partial<Document> | null;
    return Array.isArray(document?.workloads) ? (document as Document) : undefined;
  } catch {
    return undefined;
  }
}
