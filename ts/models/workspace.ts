import type { Batch } from "../data/sequences.js";
import { sequencesOf, whole } from "../data/spans.js";
import { type WindowOptions, writeWindow } from "../data/window.js";
import type { Internals } from "./internals.js";

/** What `run` makes of a batch in a workspace, which is freed unless the tape in it is kept. */
export function inWorkspace<T>(
  found: Internals,
  context: string,
  data: Batch,
  options: Omit<WindowOptions, "context">,
  run: (workspace: number, free: () => void) => T,
): T {
  const { kernel, network } = found;
  const [workspace, free] = kernel.create("workspace", context, network);
  try {
    writeWindow({ kernel, workspace, data, options: found.options }, whole(sequencesOf(data.lengths)), {
      context,
      ...options,
    });
    const result = run(workspace, free);
    if (!options.keep) free();
    return result;
  } catch (error) {
    free();
    throw error;
  }
}
