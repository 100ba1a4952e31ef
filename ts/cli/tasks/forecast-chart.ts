/** A held-out series, and what a net says of it: one step ahead, and all by itself. */
import { plural } from "../format.js";
import type { Section, Tile } from "../report/page.js";
import { inUnits } from "./score.js";
import type { SequenceModel } from "./sequence-model.js";
import type { Piece } from "./split.js";
import { oneStepAhead, runFree } from "./steps-ahead.js";

/** Steps of the chart: of what was before, and of the forecast, at most. */
const [before, ahead] = [60, 240] as const;
const mostCharts = 6;

/** Charts of the first held-out part, and how far its free run is off. */
export async function forecastSections(
  model: SequenceModel,
  pieces: readonly Piece[],
  signal: AbortSignal,
): Promise<FreeRun | undefined> {
  const piece = pieces.find(({ from, to }) => to - from > 2);
  if (piece === undefined) return undefined;
  // A whole sequence is read to its middle first: nothing can be continued from nothing.
  const start = piece.scored > 0 ? piece.scored : Math.ceil((piece.from + piece.to) / 2);
  const end = Math.min(piece.to, start + ahead);
  const near = await oneStepAhead(model, { ...piece, scored: start, to: end }, signal);
  const free = runFree(model, piece, start, end - start);
  const chart = { model, piece, start, end, many: pieces.length > 1 };
  const names = model.reading.targets;
  const errors = names.map((_, j) => errorOf(chart, free, j));
  const shown = errors.slice(0, 3).map(({ own, still }, j) => {
    const name = names.length > 1 ? `${names[j]} ` : "";
    return `${name}${inUnits(own)} (staying at the last value: ${inUnits(still)})`;
  });
  const more = names.length > 3 ? " …" : "";
  const length = plural(end - start, "step");
  return {
    sections: names.slice(0, mostCharts).map((_, j) => chartOf(chart, j, near, free)),
    words: `error ${shown.join(", ")}${more} over ${length} without being told anything`,
    tile: [
      `free run, error over ${length}`,
      errors.slice(0, 1).map(({ own }) => inUnits(own))[0] ?? "–",
      `${names.length > 1 ? `${names[0]}; ` : ""}staying at the last value ${inUnits(errors[0]?.still ?? 0)}`,
    ],
  };
}

export interface FreeRun {
  readonly sections: Section[];
  readonly words: string;
  readonly tile: Tile;
}

interface Chart {
  readonly model: SequenceModel;
  readonly piece: Piece;
  /** The first step that is forecast, and the one after the last. */
  readonly start: number;
  readonly end: number;
  readonly many: boolean;
}

const truthOf =
  ({ model, piece }: Chart, j: number) =>
  (step: number): number =>
    piece.series.values?.[step * model.reading.targets.length + j] ?? Number.NaN;

function chartOf(chart: Chart, j: number, near: Float32Array, free: Float32Array): Section {
  const { model, piece, start, end, many } = chart;
  const { series } = piece;
  const { clock } = series;
  const names = model.reading.targets;
  const truth = truthOf(chart, j);
  const axis = clock?.at === undefined && clock?.cell === undefined ? "step" : clock.name;
  const x = (step: number): number => clock?.at?.(step) ?? step + 1;
  const steps = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  const curve = (list: Float32Array) =>
    steps(start, end).map((step, i) => [x(step), list[i * names.length + j] as number] as const);
  const past = steps(Math.max(0, start - before), end);
  const cells = Object.fromEntries(past.map((step) => [x(step), clock?.cell?.(step) ?? ""]));
  const first = clock?.cell?.(start) ?? `${axis} ${x(start)}`;
  return {
    kind: "series",
    id: `series-${j + 1}`,
    title: `${names[j]}, held out`,
    about:
      `What comes from ${first} on${many ? ` of ${series.name}` : ""} was not learned from. One step ahead the ` +
      "net is told the true values before each step; its free run goes on from its own.",
    x: axis,
    ...(clock?.cell === undefined ? {} : { names: cells }),
    curves: [
      { name: "true", look: "truth", points: past.map((step) => [x(step), truth(step)] as const) },
      { name: "one step ahead", look: "step", points: curve(near) },
      { name: "free run", look: "free", points: curve(free) },
    ],
  };
}

/** Root mean square errors of the free run and of the last value before it. */
function errorOf(chart: Chart, free: Float32Array, j: number): { own: number; still: number } {
  const { model, start, end } = chart;
  const width = model.reading.targets.length;
  const truth = truthOf(chart, j);
  const error = (said: (step: number) => number): number => {
    let sum = 0;
    for (let step = start; step < end; step++) sum += (said(step) - truth(step)) * (said(step) - truth(step));
    return Math.sqrt(sum / (end - start));
  };
  return {
    own: error((step) => free[(step - start) * width + j] as number),
    still: error(() => truth(start - 1)),
  };
}
