/** From the start of a process to its first result, above an empty process; each as a fresh process, in turns. */
import { startupTarget } from "../../../bench/targets.js";
import { RecurraError } from "../../index.js";
import { median } from "../../lab/numbers.js";
import type { CommandLine } from "./competitor.js";
import { spawnGroup } from "./groups.js";
import { inTurns } from "./sampling.js";
import { type Spread, spread } from "./statistics.js";

const results = ["update", "step"] as const;
/** Parts of the way, in the order in which they come. */
export const parts = ["import", "compile", "create", "first"] as const;

/** All in milliseconds, medians. */
export interface StartupResult {
  /** Node alone, to its first word. */
  readonly node: number;
  readonly rows: readonly {
    /** The first update of a trained net (W1), or the first streamed step (W4). */
    readonly to: (typeof results)[number];
    /** From the start of the process, Node included. */
    readonly total: number;
    /** Above Node alone, within turns. */
    readonly above: number;
    readonly aboveSpread: Spread;
    readonly split: Readonly<Record<(typeof parts)[number], number>>;
    readonly target?: number;
    readonly reached?: boolean;
  }[];
  readonly turns: number;
}

export async function timeStartup(
  start: (what: string) => CommandLine,
  seconds: number,
  tell: (what: string) => void,
): Promise<StartupResult> {
  const empty: number[] = [];
  const rows = results.map((to) => ({ to, totals: [] as number[], marks: [] as Record<string, number>[] }));
  // The first of each reads its files from the disk.
  for (const what of ["nothing", ...results]) await firstWord(start(what));
  await inTurns(seconds, async (turn) => {
    tell(`processes, turn ${turn} …`);
    empty.push((await firstWord(start("nothing"))).took);
    for (const { to, totals, marks } of rows) {
      const { took, said } = await firstWord(start(to));
      totals.push(took);
      marks.push(said);
    }
  });
  return {
    node: median(empty),
    turns: empty.length,
    rows: rows.map(({ to, totals, marks }) => {
      const aboves = totals.map((total, turn) => total - (empty[turn] ?? Number.NaN));
      const above = median(aboves);
      const split = parts.map((part) => [part, median(marks.map((mark) => mark[part] ?? Number.NaN))]);
      return {
        ...{ to, total: median(totals), above, aboveSpread: spread(aboves) },
        split: Object.fromEntries(split) as StartupResult["rows"][number]["split"],
        ...{ target: startupTarget, reached: above <= startupTarget },
      };
    }),
  };
}

/** Starts a program and waits for its first words, which are JSON; milliseconds until they came. */
function firstWord([file, ...args]: CommandLine): Promise<{ took: number; said: Record<string, number> }> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawnGroup(file, args, { stdio: ["ignore", "pipe", "inherit"], timeout: 30_000 });
    let took = Number.NaN;
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      if (text === "") took = performance.now() - begin;
      text += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve({ took, said: JSON.parse(text) as Record<string, number> });
      const said = text === "" ? "" : `: ${text.trim()}`;
      const message = `a process that starts: expected it to end with 0, got ${code}${said}`;
      reject(new RecurraError({ code: "environment", message }));
    });
  });
}
