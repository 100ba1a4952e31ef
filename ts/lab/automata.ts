/** The Reber grammar, and the embedded one: what recurrent nets have been tried on since 1989. */
import type { Sequence } from "../index.js";
import { type Automaton, type Rates, ratesOf, type Sentence, sentence } from "./grammar.js";
import { sum } from "./numbers.js";
import { random } from "./random.js";

/** Reber's automaton as drawn by Cleeremans, Servan-Schreiber and McClelland (1989): B, a walk through six states, E. */
export const reber: Automaton = [
  [{ symbol: "B", to: 1 }],
  [
    { symbol: "T", to: 2 },
    { symbol: "P", to: 3 },
  ],
  [
    { symbol: "S", to: 2 },
    { symbol: "X", to: 4 },
  ],
  [
    { symbol: "T", to: 3 },
    { symbol: "V", to: 5 },
  ],
  [
    { symbol: "X", to: 3 },
    { symbol: "S", to: 6 },
  ],
  [
    { symbol: "P", to: 4 },
    { symbol: "V", to: 6 },
  ],
  [{ symbol: "E", to: 7 }],
  [],
];

/**
 * B, T or P, a Reber string, the same T or P again, E: the letter after B has to be remembered through the whole inner
 * string. As an automaton it holds the inner one twice, once for each letter.
 */
export const embeddedReber: Automaton = embed(reber, ["T", "P"]);

function embed(inner: Automaton, letters: readonly string[]): Automaton {
  const size = inner.length;
  const begin = (copy: number): number => 2 + copy * size;
  const last = 2 + letters.length * size;
  return [
    [{ symbol: "B", to: 1 }],
    letters.map((symbol, copy) => ({ symbol, to: begin(copy) })),
    ...letters.flatMap((letter, copy) =>
      inner.map((transitions) =>
        transitions.length > 0
          ? transitions.map(({ symbol, to }) => ({ symbol, to: begin(copy) + to }))
          : [{ symbol: letter, to: last }],
      ),
    ),
    [{ symbol: "E", to: last + 1 }],
    [],
  ];
}

export const letters = ["B", "T", "P", "S", "X", "V", "E"] as const;

export interface Strings {
  readonly sentences: readonly Sentence[];
  /** Every symbol predicted from those before it; the first, always B, is only read. */
  readonly sequences: readonly Sequence[];
  /** Nats per predicted symbol of the automaton itself on these very strings. */
  readonly oracle: number;
}

export function strings(automaton: Automaton, count: number, seed: number): Strings {
  const draws = random(seed);
  const sentences = Array.from({ length: count }, () => sentence(automaton, draws));
  const information = sentences.map(({ probabilities }) => -sum(probabilities.slice(1).map(Math.log)));
  const predicted = sentences.map(({ symbols }) => symbols.length - 1);
  return {
    sentences,
    sequences: sentences.map(({ symbols }) => ({
      inputs: Int32Array.from(symbols, (symbol) => letters.indexOf(symbol as (typeof letters)[number])),
      targets: "next",
    })),
    oracle: sum(information) / sum(predicted),
  };
}

/** Nats per predicted symbol, exactly: entropy of a string over its mean length, B not counted. */
export function floorOf(automaton: Automaton): Rates & { readonly perSymbol: number } {
  const rates = ratesOf(automaton);
  return { ...rates, perSymbol: rates.entropy / (rates.length - 1) };
}
