import type { Part } from "../data/lanes.js";
import type { Batch } from "../data/sequences.js";
import { type Carried, fillWindow, type WindowOptions } from "../data/window.js";
import { feedsBack, type ResolvedOptions } from "../options.js";
import type { Pass, Reply } from "./protocol.js";

/**
 * Sequences per shard, as in the kernel (crate/src/sequence/plan.rs). Gradients of parameters are summed within a shard
 * and shards' sums added in ascending order, so a shard is the most that one worker computes without changing a bit.
 */
export const SHARD = 8;

/** A part of a window that one worker computes, and where it stands among the others. */
export interface Parcel {
  readonly part: Part;
  readonly pass: Pass;
}

/**
 * The shards of a window, in order; all in one parcel if it is for one worker, whose kernel then does as it does here.
 * `count` is Σ of all weights, summed in that order.
 */
export function packWindow(
  data: Batch,
  options: ResolvedOptions,
  window: Part,
  { workers, ...written }: Omit<WindowOptions, "context" | "counted"> & { readonly workers: number },
): { parcels: Parcel[]; steps: number; count: number } {
  const parcels: Parcel[] = [];
  let [steps, count] = [0, 0];
  const size = workers > 1 ? SHARD : window.length;
  for (let first = 0; first < window.length; first += size) {
    const part = window.slice(first, first + size);
    const slots: Pass["slots"] = [];
    const pass: Pass = { shape: [0, 0, 0], slots };
    const slot = <T extends Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>(code: number, values: T) => {
      slots.push([code, values]);
      return values;
    };
    const place = {
      shape: (...shape: [number, number, number]) => {
        pass.shape = shape;
      },
      forcing: (...forcing: [number, number, number]) => {
        pass.forcing = forcing;
      },
      i32: (code: number, length: number) => slot(code, new Int32Array(length)),
      f32: (code: number, length: number) => slot(code, new Float32Array(length)),
    };
    const filled = fillWindow(place, data, options, part, { ...written, counted: count });
    steps += filled.steps;
    count = filled.count;
    parcels.push({ part, pass });
  }
  return { parcels, steps, count };
}

/** Losses of the scored rows of a parcel, and where its sequences stand after it. */
export function unpack(
  options: ResolvedOptions,
  { part }: Parcel,
  { values }: Reply,
): Carried & { readonly stepLosses: Float32Array<ArrayBuffer> } {
  const fed = values.length - (feedsBack(options) ? part.length * options.outputSize : 0);
  const states = fed - part.length * options.hiddenSize;
  return {
    stepLosses: values.subarray(0, states),
    states: values.subarray(states, fed),
    feedback: values.subarray(fed),
  };
}
