/** Grammars as automata: what they can say, how likely, and how much there is to know about it at best. */
import { entropy, sum } from "./numbers.js";
import type { Random } from "./random.js";

/** In a state one of these is taken, all equally likely: it says a symbol and leads to another state. */
export interface Transition {
  readonly symbol: string;
  readonly to: number;
}
/** States by number, beginning in 0; a state without transitions is an end. */
export type Automaton = readonly (readonly Transition[])[];

/** A string with the probability of each of its symbols, given those before. */
export interface Sentence {
  readonly symbols: readonly string[];
  readonly probabilities: readonly number[];
}

export function sentence(automaton: Automaton, draws: Random): Sentence {
  const symbols: string[] = [];
  const probabilities: number[] = [];
  for (let state = automaton[0]; state !== undefined && state.length > 0; ) {
    const { symbol, to } = draws.pick(state);
    symbols.push(symbol);
    probabilities.push(1 / state.length);
    state = automaton[to];
  }
  return { symbols, probabilities };
}

/**
 * How often each state is passed through on the way from 0 to an end, on average: v = e₀ + Pᵀ v, by iteration. P is
 * the automaton's transition matrix; what is left of a string after k symbols vanishes geometrically.
 */
export function expectedVisits(automaton: Automaton): number[] {
  const visits = automaton.map(() => 0);
  let alive: number[] = automaton.map((_, state) => (state === 0 ? 1 : 0));
  while (sum(alive) > 0) {
    const next = automaton.map(() => 0);
    automaton.forEach((transitions, state) => {
      const here = alive[state] ?? 0;
      visits[state] = (visits[state] ?? 0) + here;
      for (const { to } of transitions) next[to] = (next[to] ?? 0) + here / transitions.length;
    });
    alive = next.map((p, state) => (automaton[state]?.length === 0 ? 0 : p < 1e-300 ? 0 : p));
  }
  return visits;
}

export interface Rates {
  /** Symbols of a string, on average. */
  readonly length: number;
  /** Nats of a string, on average. */
  readonly entropy: number;
}

/** Mean length and entropy of a string: each visit of a state says one symbol, as uncertain as the state's choice. */
export function ratesOf(automaton: Automaton): Rates {
  const visits = expectedVisits(automaton);
  const choices = automaton.map(({ length }) => entropy(Array.from({ length }, () => 1 / length)));
  return {
    length: sum(visits.filter((_, state) => (automaton[state]?.length ?? 0) > 0)),
    entropy: sum(visits.map((count, state) => count * (choices[state] ?? 0))),
  };
}
