/** The curves of a figure as they leave the program: for the page, and for other programs. */
import type { Figure } from "../../lab/experiment.js";

/** Six digits will do. What is not finite has no place in JSON, nor in a drawing. */
export function rounded(figure: Figure): Figure {
  const digits = (value: number): number => Number(value.toPrecision(6));
  return {
    ...figure,
    curves: figure.curves.map((curve) => ({
      ...curve,
      points: curve.points
        .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y))
        .map(([x, y]) => [digits(x), digits(y)] as const),
    })),
  };
}

/** The same without what a logarithmic axis has no place for. */
export function drawable(figure: Figure): Figure {
  const { curves, ...rest } = rounded(figure);
  if (!figure.logY) return { ...rest, curves };
  return {
    ...rest,
    curves: curves.map((curve) => ({ ...curve, points: curve.points.filter(([, y]) => y > 0) })),
  };
}
