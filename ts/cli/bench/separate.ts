/**
 * What the cores give: the same training in several programs at once, which share nothing but the machine. Workers can
 * bring no more than that, and on a machine with neighbours it is often far less than the number of cores.
 */
import { shapes, writeProblem } from "../../../bench/problems.js";
import { RecurraError } from "../../index.js";
import { type CommandLine, Competitor, positive } from "./competitor.js";
import { usualPatience } from "./contender.js";
import { inFolder } from "./groups.js";

/** Seconds of a sample, if a round is shorter, and of warming up. */
const sampleSeconds = 0.1;
const warmSeconds = 0.5;

export interface Programs {
  /** Seconds that so many take for a sample each, all at once: until the last is done. */
  seconds(count: number): Promise<number>;
}

/** Starts programs that train this workload, warm and silent until they are asked; ends them when `use` is over. */
export async function withPrograms<T>(
  { name, most, own }: { name: string; most: number; own(folder: string): CommandLine },
  use: (programs: Programs | undefined) => Promise<T>,
): Promise<T> {
  if (most < 2 || shapes[name] === undefined) return use(undefined);
  return inFolder(async (folder) => {
    await writeProblem(folder, name);
    const all = Array.from({ length: most }, () => new Competitor(own(folder)));
    try {
      await answered(all.map((one) => one.greeting(usualPatience.ready)));
      const run = (rounds: number, count = most) =>
        answered(all.slice(0, count).map((one) => one.ask({ run: rounds }, usualPatience.run)));
      let rounds = 1;
      const end = performance.now() + warmSeconds * 1000;
      do {
        const [answer = {}] = await run(rounds);
        const perRound = positive(answer, "seconds") / rounds;
        rounds = Math.max(1, Math.min(rounds * 16, Math.round(sampleSeconds / perRound)));
      } while (performance.now() < end);
      return await use({
        async seconds(count) {
          const begin = performance.now();
          await run(rounds, count);
          return (performance.now() - begin) / 1000;
        },
      });
    } finally {
      for (const one of all) one.kill();
    }
  });
}

async function answered<T>(answers: readonly Promise<T>[]): Promise<T[]> {
  try {
    return await Promise.all(answers);
  } catch (error) {
    const { message } = error as Error;
    throw new RecurraError({ code: "environment", message: `a program that trains: ${message}` });
  }
}
