import { cutLanes, type Group, group, windowOf } from "../data/lanes.js";
import { makeCarried, readCarried } from "../data/results.js";
import { permutation } from "../data/shuffle.js";
import { type Part, type Span, sequencesOf, stepsOf } from "../data/spans.js";
import { type Carried, type Dial, type Feed, writeWindow } from "../data/window.js";
import { type Parcel, packWindow, SHARD } from "../workers/parcel.js";
import type { Recipe } from "./options.js";

/** Where training stands in its data. Between updates this, the carried states and feedback, and the seed say what comes next. */
export interface Cursor {
  /** Finished passes over the data. */
  epoch: number;
  /** Finished batches of this epoch. */
  group: number;
  /** Finished windows of this batch. */
  window: number;
  /** Finished steps of this epoch. */
  steps: number;
}

/** Purpose of the kernel's draws that put an epoch's sequences in order; 16 is the first that is the host's. */
const ORDER = 16;

export type Batches = ReturnType<typeof makeBatches>;

/**
 * Training data in the order in which it is trained. One sequence: its lanes side by side, window after window.
 * Several: batches of `batchSize` in an order drawn for each epoch from the seed, each cut into windows of `truncate`
 * steps. States, and with R what is fed back, are handed from window to window of a batch; each batch, hence each epoch
 * of lanes, starts afresh.
 * Steps per epoch never change, batches per epoch neither.
 *
 * @param lanes Whether the data is one sequence to be cut.
 */
export function makeBatches(feed: Feed, { batchSize, truncate, seed }: Recipe, lanes: boolean) {
  const { kernel, data, options } = feed;
  const { rows } = data;
  const cursor: Cursor = { epoch: 0, group: 0, window: 0, steps: 0 };
  // Sequences without a step have nothing to teach.
  const filled = sequencesOf(data.lengths).filter(({ end }) => end > 0);
  const width = Math.min(batchSize, lanes ? rows : filled.length);
  const groups = lanes ? 1 : Math.ceil(filled.length / batchSize);
  const carried = makeCarried(options, width);
  let order: Uint32Array | undefined;
  let current: Group | undefined;
  let written: Part = [];

  const groupAt = (index: number): Group => {
    if (lanes) return group(cutLanes(rows, batchSize), truncate);
    order ??= kernel.call((exports) =>
      permutation(filled.length, (step) => exports.draw(seed, ORDER, 0, step, cursor.epoch)),
    );
    const members = order.subarray(index * batchSize, (index + 1) * batchSize);
    return group(
      Array.from(members, (at) => filled[at] as Span),
      truncate,
    );
  };
  /** What comes next. */
  const part = (): Part => {
    current ??= groupAt(cursor.group);
    return windowOf(current, cursor.window, truncate);
  };
  const from = () => (cursor.window > 0 ? carried : undefined);
  /** Whether a later window goes on from the states in which this one ends. */
  const carries = () => current !== undefined && cursor.window + 1 < current.windows;

  return {
    cursor: cursor as Readonly<Cursor>,
    /**
     * What an epoch has. Updates are the windows in it; in separate sequences cut into windows, which depends on the order,
     * those at even lengths.
     */
    whole: {
      steps: rows,
      updates: lanes ? groupAt(0).windows : Math.max(groups, Math.ceil(rows / (width * truncate))),
    },
    /** Shards of a batch, at most: what can be computed at the same time. */
    shards: Math.ceil(width / SHARD),
    /** Whether the number of updates is exact (but for windows whose weights are all 0). */
    exact: lanes || truncate === Number.POSITIVE_INFINITY,

    /** Writes what comes next into the workspace; steps, and Σ of their weights. Changes nothing until `advance`. */
    write(dial: Dial): { steps: number; count: number } {
      written = part();
      return writeWindow(feed, written, { context: "fit", carried: from(), dial });
    },

    /** The same for so many workers. */
    pack(dial: Dial, workers: number): { parcels: Parcel[]; steps: number; count: number } {
      written = part();
      return packWindow(data, options, written, { carried: from(), dial, workers });
    },

    /** Steps of what comes next. */
    rows: (): number => stepsOf(part()),

    carries,

    /**
     * Moves on after a pass over what `write` wrote, and keeps what is carried if it is needed.
     *
     * @param read Collects that where the pass was not made in the workspace.
     */
    advance(read = (part: Part, to: Carried) => readCarried(feed, part, to)): void {
      cursor.steps += stepsOf(written);
      if (carries()) {
        read(written, carried);
        cursor.window++;
        return;
      }
      cursor.window = 0;
      current = undefined;
      if (++cursor.group < groups) return;
      cursor.group = cursor.steps = 0;
      cursor.epoch++;
      order = undefined;
    },

    /** A copy of what is carried; undefined between batches, where nothing is. */
    carried: (): Carried | undefined =>
      cursor.window > 0 ? { states: carried.states.slice(), feedback: carried.feedback.slice() } : undefined,

    /** Goes to where a saved cursor and what was carried stand, from the very start. False if the data has no such place. */
    seek({ epoch, group, window, steps }: Cursor, saved: Carried | undefined): boolean {
      const place = { epoch, group, window, steps };
      const known = Object.values(place).every((n) => Number.isSafeInteger(n) && n >= 0);
      const same = (["states", "feedback"] as const).every(
        (name) => saved?.[name].length === (window > 0 ? carried[name].length : undefined),
      );
      if (!known || group >= groups || steps >= rows || !same) return false;
      Object.assign(cursor, place);
      order = undefined;
      if (saved) {
        carried.states.set(saved.states);
        carried.feedback.set(saved.feedback);
      }
      return window < groupAt(group).windows;
    },
  };
}
