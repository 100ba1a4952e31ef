/** The same with another engine: this program, run by another Node. */
import { fileURLToPath } from "node:url";
import { RecurraError } from "../../index.js";
import type { Document } from "./document.js";
import { spawnGroup } from "./groups.js";

/** Throws "environment" if there is no such program, or it fails. */
export function inEngine(file: string, args: readonly string[]): Promise<Document> {
  const program = fileURLToPath(new URL("./cli.js", import.meta.url));
  const failed = (got: string): RecurraError =>
    new RecurraError({
      code: "environment",
      message: `--engine: expected a Node that runs ${file}, got ${got}`,
    });
  return new Promise((resolve, reject) => {
    const child = spawnGroup(file, [program, "bench", ...args, "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.on("error", ({ message }) => reject(failed(message)));
    child.on("close", (code) => {
      try {
        if (code === 0) return resolve(JSON.parse(text) as Document);
      } catch {
        // Something else than this program, then.
      }
      reject(failed(`code ${code}: ${text.slice(0, 100)}`));
    });
  });
}
