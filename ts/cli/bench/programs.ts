/** Whether programs that the command line names are there: asked before the work, not after it. */
import { spawnSync } from "node:child_process";
import { RecurraError } from "../../index.js";

/** Throws "environment" unless it is a Node. */
export function checkNode(file: string): void {
  const said = versionOf("engine", "a Node", file);
  if (!/^v\d+\./.test(said))
    throw refusal("engine", "a Node", file, `its version is ${JSON.stringify(said)}`);
}

/** Throws "environment" if it cannot be started. What it lacks is told with what is compared. */
export function checkPython(file: string): void {
  versionOf("python", "a Python", file);
}

function versionOf(flag: string, expected: string, file: string): string {
  const { error, stdout } = spawnSync(file, ["--version"], { encoding: "utf8", timeout: 30_000 });
  if (error === undefined) return stdout.trim().slice(0, 40);
  throw refusal(flag, expected, file, (error as NodeJS.ErrnoException).code ?? error.message);
}

const refusal = (flag: string, expected: string, file: string, why: string): RecurraError =>
  new RecurraError({ code: "environment", message: `--${flag}: expected ${expected}, got ${file} (${why})` });
