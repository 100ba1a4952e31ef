// The yardstick itself: the gradients of the f64 equations against central differences of their own values.
import { describe, expect, test } from "vitest";
import { generator } from "../random.js";
import { activations, hasR, kinds, nameOf } from "./combinations.js";
import { oneHot, type TwinInput, type TwinOptions, twin } from "./twin.js";

const seed = 20261122;

describe.each(kinds.map((kind, index) => [nameOf(kind), kind, index] as const))("%s", (_, kind, index) => {
  test.each(activations)("%s", (activation) => {
    const random = generator(seed + index);
    const [I, H, O, tau] = [2, 3, kind.outputs === "none" ? 0 : 3, 5];
    const rows = (count: number, width: number) =>
      Array.from({ length: count }, () => [...random.floats(width)]);
    const parameters = {
      weight_ih: rows(H, I),
      ...(kind.recurrence !== "output" && { weight_hh: rows(H, H) }),
      ...(hasR(kind) && { weight_oh: rows(H, O) }),
      bias_h: rows(1, H),
      ...(O > 0 && { weight_ho: rows(O, H), bias_o: rows(1, O) }),
    };
    const scored = kind.outputs === "last" ? 1 : tau;
    const constant = kind.feedback === "argmax" || kind.feedback === "sample";
    const input: TwinInput = {
      x: rows(tau, I),
      ...(O > 0 && {
        y:
          kind.loss === "cross-entropy"
            ? Array.from({ length: scored }, () => oneHot(random.integer(0, O - 1), O))
            : rows(scored, O).map((row) => row.map(Math.abs)),
        weights: rows(1, scored).flat(),
        dOutputs: rows(scored, O),
      }),
      h0: rows(1, H).flat(),
      ...(hasR(kind) && {
        f0: rows(1, O).flat(),
        given: rows(tau, O).map((row, t) => (constant || t === 2 ? row : undefined)),
      }),
      dStates: rows(tau, H),
      dFinal: rows(1, H).flat(),
    };
    const options: TwinOptions = { ...kind, activation };
    const scale = 0.25;
    const dot = (a: number[][], b: number[][] | undefined) =>
      a.reduce((s, row, t) => s + row.reduce((r, value, k) => r + value * (b?.[t]?.[k] ?? 0), 0), 0);
    const objective = () => {
      const { loss, outputs, states } = twin(parameters, input, scale, options);
      const final = [states.at(-1) as number[]];
      return (
        scale * loss +
        dot(outputs, input.dOutputs) +
        dot(states, input.dStates) +
        dot(final, [input.dFinal as number[]])
      );
    };
    const found = twin(parameters, input, scale, options);
    const compare = (what: string, values: number[][], gradient: number[][]) => {
      expect(gradient.map(({ length }) => length)).toEqual(values.map(({ length }) => length));
      for (const [i, row] of values.entries())
        for (const [j, value] of row.entries()) {
          const step = 1e-5;
          row[j] = value + step;
          const above = objective();
          row[j] = value - step;
          const below = objective();
          row[j] = value;
          const difference = (above - below) / (2 * step);
          // Cancellation leaves some 1e-16 · |objective| ÷ step = 1e-11, the third derivative step² = 1e-10 of itself.
          const bound = 1e-7 * Math.max(1, Math.abs(difference), Math.abs(above));
          const error = Math.abs(difference - (gradient[i]?.[j] as number));
          expect(error, `${what}[${i}][${j}], seed ${seed + index}`).toBeLessThan(bound);
        }
    };
    for (const [name, values] of Object.entries(parameters))
      compare(name, values, found.dParameters[name] as number[][]);
    compare("x", input.x, found.dInputs);
    compare("h0", [input.h0 as number[]], [found.dInitial]);
    if (input.f0) compare("f0", [input.f0], [found.dInitialFeedback]);
  });
});
