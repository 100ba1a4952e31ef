import { describe, expect, it } from "vitest";
import { embeddedReber, floorOf, letters, reber, strings } from "../../ts/lab/automata.js";
import { type Automaton, expectedVisits, ratesOf, sentence } from "../../ts/lab/grammar.js";
import { random } from "../../ts/lab/random.js";

/** Whether an automaton can say this string from its first state to an end. */
function says(automaton: Automaton, symbols: readonly string[]): boolean {
  let state = 0;
  for (const symbol of symbols) {
    const next = automaton[state]?.find((transition) => transition.symbol === symbol);
    if (next === undefined) return false;
    state = next.to;
  }
  return automaton[state]?.length === 0;
}

describe("grammars", () => {
  it("have the exact rates of a coin that is tossed until it shows heads", () => {
    const coin: Automaton = [
      [
        { symbol: "t", to: 0 },
        { symbol: "h", to: 1 },
      ],
      [],
    ];
    // 2 tosses on average, each of ln 2.
    expect(expectedVisits(coin)[0]).toBeCloseTo(2, 12);
    expect(ratesOf(coin).length).toBeCloseTo(2, 12);
    expect(ratesOf(coin).entropy).toBeCloseTo(2 * Math.LN2, 12);
  });

  it("give Reber strings 8 symbols and 6 choices on average, embedded ones 12 and 7", () => {
    const [plain, embedded] = [floorOf(reber), floorOf(embeddedReber)];
    expect(plain.length).toBeCloseTo(8, 9);
    expect(plain.entropy).toBeCloseTo(6 * Math.LN2, 9);
    expect(plain.perSymbol).toBeCloseTo(0.5941, 4);
    expect(embedded.length).toBeCloseTo(12, 9);
    expect(embedded.entropy).toBeCloseTo(7 * Math.LN2, 9);
    expect(embedded.perSymbol).toBeCloseTo(0.4411, 4);
  });

  it("draw strings whose information agrees with the entropy rate", () => {
    const count = 20_000;
    for (const automaton of [reber, embeddedReber]) {
      const { oracle, sentences } = strings(automaton, count, 3);
      const { perSymbol } = floorOf(automaton);
      // A string's information less its share of the rate has mean 0; its spread comes from the sample itself.
      const excess = sentences.map(({ probabilities }) => {
        const own = -probabilities.slice(1).reduce((sum, p) => sum + Math.log(p), 0);
        return own - perSymbol * (probabilities.length - 1);
      });
      const spread = Math.sqrt(excess.reduce((sum, value) => sum + value ** 2, 0) / count);
      const perString = sentences.reduce((sum, { symbols }) => sum + symbols.length - 1, 0) / count;
      expect(Math.abs(oracle - perSymbol)).toBeLessThan((5 * spread) / Math.sqrt(count) / perString);
    }
  });

  it("draw only strings they can say; the outer letter of embedded ones returns", () => {
    const draws = random(5);
    for (let i = 0; i < 500; i++) {
      const plain = sentence(reber, draws).symbols;
      expect(says(reber, plain), plain.join("")).toBe(true);
      const { symbols } = sentence(embeddedReber, draws);
      expect(says(embeddedReber, symbols)).toBe(true);
      expect(symbols.at(-2)).toBe(symbols[1]);
      expect(says(reber, symbols.slice(2, -2)), symbols.join("")).toBe(true);
    }
    expect(says(reber, [..."BTXXVVE"])).toBe(true);
    expect(says(reber, [..."BTXXVTE"])).toBe(false);
  });

  it("are the same for the same seed, and index every letter", () => {
    const [one, two, other] = [strings(reber, 50, 1), strings(reber, 50, 1), strings(reber, 50, 2)];
    expect(one).toEqual(two);
    expect(one).not.toEqual(other);
    const used = new Set(one.sequences.flatMap(({ inputs }) => [...(inputs as Int32Array)]));
    expect([...used].sort()).toEqual(letters.map((_, i) => i));
  });
});
