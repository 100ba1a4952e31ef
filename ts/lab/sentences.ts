/** Sentences like "I went to Nepal in 2009": a year somewhere among words that say nothing about it. */
import type { Random } from "./random.js";

export const years = Array.from({ length: 10 }, (_, i) => String(2000 + i));
const who = ["I", "we", "they", "Ann", "Bob"];
const where = ["Nepal", "Peru", "Mali", "Laos", "Fiji"];
const extras = [
  ["with", "friends"],
  ["by", "train"],
  ["for", "fun"],
  ["at", "last"],
  ["again"],
  ["and", "back"],
  ["to", "climb"],
  ["alone"],
];

/** Every word there is; the years come first, so that a year's index is its class. */
export const vocabulary = [
  ...new Set([...years, "in", ",", "went", "to", ...who, ...where, ...extras.flat()]),
];

export interface YearSentence {
  readonly words: readonly string[];
  /** Where the year stands, from 0. */
  readonly position: number;
  /** Index of the year, 0 … 9. */
  readonly year: number;
}

/**
 * [in YEAR ,] [extra ,]… WHO went to WHERE [extra]… [in YEAR] [extra]…: the year at the front or somewhere behind, and
 * up to `most` extras anywhere.
 */
export function yearSentence(draws: Random, most: number): YearSentence {
  const year = draws.below(years.length);
  const date = ["in", years[year] ?? ""];
  const clause = [draws.pick(who), "went", "to", draws.pick(where)];
  const some = (): string[][] => Array.from({ length: draws.below(most + 1) }, () => draws.pick(extras));
  const comma = (part: readonly string[]): string[] => [...part, ","];
  const [before, between, after] = [some(), some(), some()];
  const words =
    draws.below(2) === 0
      ? [...before.flatMap(comma), ...comma(date), ...between.flatMap(comma), ...clause, ...after.flat()]
      : [...before.flatMap(comma), ...clause, ...between.flat(), ...date, ...after.flat()];
  return { words, year, position: words.indexOf(years[year] ?? "") };
}
