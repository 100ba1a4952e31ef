import type { Batch } from "../data/sequences.js";
import type { Part } from "../data/spans.js";
import { fillWindow, type Place, type WindowOptions } from "../data/window.js";
import type { ResolvedOptions } from "../options.js";
import type { Call, Pass } from "./protocol.js";

type Slot = Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

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
    const shaping: Call[] = [];
    const slots: [number, Slot][] = [];
    const slot = <T extends Slot>(code: number, values: T) => {
      slots.push([code, values]);
      return values;
    };
    const place: Place = {
      call: (...call) => shaping.push(call),
      i32: (code: number, length: number) => slot(code, new Int32Array(length)),
      f32: (code: number, length: number) => slot(code, new Float32Array(length)),
    };
    const filled = fillWindow(place, data, options, part, { ...written, counted: count });
    const rows = filled.steps;
    steps += rows;
    count = filled.count;
    parcels.push({ part, pass: { rows, shaping, slots, calls: [["workspace_evaluate"]] } });
  }
  return { parcels, steps, count };
}
