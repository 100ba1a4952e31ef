/** Bytes: by formula, in the kernel, of the process; and whether they grow as training goes on. */
import { writeProblem } from "../../../bench/problems.js";
import { memoryOver } from "../../../bench/steady.js";
import { steadyUpdates } from "../../../bench/targets.js";
import { RecurraError } from "../../index.js";
import { comparable } from "./compare.js";
import { type CommandLine, Competitor } from "./competitor.js";
import { usualPatience } from "./contender.js";
import { type Footprint, footprintOf } from "./footprint.js";
import { inFolder } from "./groups.js";

export interface MemoryResult {
  readonly workloads: readonly (Footprint & {
    /** Peak resident memory of a process that does nothing else; Node's own included. */
    readonly peakRssBytes: number;
  })[];
  readonly steady: { readonly updates: number; readonly before: number; readonly after: number };
}

export async function measureMemory(
  own: (folder: string) => CommandLine,
  tell: (what: string) => void,
): Promise<MemoryResult> {
  const workloads: MemoryResult["workloads"][number][] = [];
  for (const name of comparable) {
    tell(`${name}: memory …`);
    workloads.push({ ...(await footprintOf(name)), peakRssBytes: await peakRss(name, own) });
  }
  tell(`${steadyUpdates} updates …`);
  return { workloads, steady: await memoryOver(steadyUpdates) };
}

const peakRss = (name: string, own: (folder: string) => CommandLine): Promise<number> =>
  inFolder(async (folder) => {
    await writeProblem(folder, name);
    const competitor = new Competitor(own(folder));
    try {
      await competitor.greeting(usualPatience.ready);
      await competitor.ask({ run: 3 }, usualPatience.run);
      return await competitor.end();
    } catch (cause) {
      const message = `${name} in a process of its own: ${(cause as Error).message}`;
      throw new RecurraError({ code: "environment", message, cause });
    } finally {
      competitor.kill();
    }
  });
