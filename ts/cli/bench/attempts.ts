/** Parts of a benchmark of which each may fail: what the others find is not lost with it. */
import { RecurraError } from "../../index.js";

export class Attempts {
  /** Why, by the name of the part. */
  readonly failures: Record<string, string> = {};

  get failed(): boolean {
    return Object.keys(this.failures).length > 0;
  }

  /** What `run` makes; if it throws, `otherwise`, and the reason is kept behind `label`. */
  async of<T>(part: string, otherwise: T, run: () => Promise<T>, label = ""): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const before = this.failures[part];
      this.failures[part] = `${before === undefined ? "" : `${before}; `}${label}${reasonOf(error)}`;
      return otherwise;
    }
  }
}

/** A sentence for what this machine lacks or refuses; a stack only for mistakes in this program. */
function reasonOf(error: unknown): string {
  if (error instanceof RecurraError || (error instanceof Error && "syscall" in error)) return error.message;
  const stack = error instanceof Error ? error.stack : String(error);
  return `something went wrong inside recurra; please report this:\n${stack}`;
}
