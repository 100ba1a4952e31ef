import { sizeOf } from "../checks.js";
import type { Internals } from "../models/internals.js";
import { checkTensors } from "../models/parameters.js";
import { parameterShapes, type ResolvedOptions } from "../options.js";
import type { Floats, StateDict, Tensor } from "../types.js";
import { NetworkSlot, OptimizerSlot as Slot, Status } from "../wasm/slots.js";
import { codeOfKind, type Hyperparameters, stepArguments } from "./hyperparameters.js";

/**
 * Learning rate times norm above which parameters might leave the range of f32 (3.4e38) within the number of updates that
 * a run can have. Where clipping allows such a step, as it does if there is none, and with a weight decay that overshoots
 * 0, what was there before is kept until the step is seen to be good; otherwise nothing is copied.
 */
const HUGE = 1e24;
/** Each tensor in a block is padded with zeros to a multiple of this many floats. */
const PADDING = 16;

/** The slots that an optimizer remembers, each laid out like the kernel's block of parameters, and their names. */
const blocksOf = (kind: Hyperparameters["kind"]): (readonly [slot: number, prefix: string])[] => [
  [Slot.FIRST_MOMENT, `${kind}.first.`],
  ...(kind === "adam" ? [[Slot.SECOND_MOMENT, "adam.second."] as const] : []),
];

/** Names and shapes of everything an optimizer remembers. */
export const momentShapes = (
  kind: Hyperparameters["kind"],
  options: ResolvedOptions,
): (readonly [name: string, shape: readonly number[]])[] => [
  ...blocksOf(kind).flatMap(([, prefix]) =>
    parameterShapes(options).map(([name, , shape]) => [prefix + name, shape] as const),
  ),
  ...(kind === "adam" ? [["adam.powers", [2, 3]] as const] : []),
];

export type Moments = ReturnType<typeof makeMoments>;

/** The kernel's optimizer: what it remembers of past gradients, and the fused update. */
export function makeMoments(found: Internals, options: Hyperparameters) {
  const { kernel, network } = found;
  const { kind } = options;
  const [handle, free] = kernel.create("optimizer", "optimizer", network, codeOfKind(kind));
  const shapes = momentShapes(kind, found.options);

  /** Fresh views of the tensors in all blocks, in the order of `shapes`. */
  const parts = (): Floats[] =>
    blocksOf(kind).flatMap(([slot]) => {
      const block = kernel.f32(handle, slot);
      let at = 0;
      return parameterShapes(found.options).map(([, , shape]) => {
        const from = at;
        const size = sizeOf(shape);
        at += Math.ceil(size / PADDING) * PADDING;
        return block.subarray(from, from + size);
      });
    });
  /** What a step may have to be taken back to; made when it is first needed. */
  let kept: (Floats | Float64Array)[] | undefined;
  /** Whether a step so large was made that those after it, with momentum, may still leave the range. */
  let large = false;
  /** Fresh views of everything a step changes, the parameters first. */
  const changing = (): (Floats | Float64Array)[] => [
    kernel.f32(network, NetworkSlot.PARAMETERS),
    ...blocksOf(kind).map(([slot]) => kernel.f32(handle, slot)),
    kernel.f64(handle, Slot.POWERS),
  ];

  function keep(): void {
    const now = changing();
    kept ??= now.map((block) => block.slice());
    kept.forEach((block, i) => {
      block.set(now[i] as Floats);
    });
  }

  return {
    options,

    /**
     * Updates the parameters from the network's gradients.
     *
     * @param frozen Bit k leaves parameter k as it is and out of the norm.
     * @returns The norm before clipping. If it is not finite, nothing was changed: NaN for a norm that is not finite,
     * Infinity where the parameters would have left the range of f32.
     */
    step(rate: number, clipNorm: number, frozen: number): number {
      const [a = 0, b = 0, c = 0, d = 0] = stepArguments(options);
      const overshoots = kind === "adam" && rate * d > 1;
      const risky = rate * clipNorm > HUGE || overshoots;
      if (risky) keep();
      const clip = clipNorm === Number.POSITIVE_INFINITY ? 0 : clipNorm;
      const status = kernel.call((exports) => exports.optimizer_step(handle, rate, clip, frozen, a, b, c, d));
      if (status === Status.NON_FINITE) return Number.NaN;
      kernel.check(status, "optimizer step");
      const norm = kernel.f64(handle, Slot.NORM)[0] as number;
      // Adam and RMSProp divide by the gradient's size: their steps are as long as the rate, whatever the norm.
      const length = Math.min(norm, clipNorm);
      large ||= rate * (kind === "sgd" ? length : Math.max(1, length)) > HUGE;
      if (risky && (large || overshoots) && !areFinite(kernel.f32(network, NetworkSlot.PARAMETERS))) {
        changing().forEach((block, i) => {
          block.set(kept?.[i] as Floats);
        });
        kernel.run("optimizer step", (exports) => exports.network_changed(network));
        return Number.POSITIVE_INFINITY;
      }
      found.changes++;
      return norm;
    },

    /** Copies of everything remembered, under names that begin with the kind of optimizer. */
    tensors(): Map<string, Tensor> {
      const copies = parts().map((part) => part.slice());
      if (kind === "adam")
        copies.push(Float32Array.from([...kernel.f64(handle, Slot.POWERS)].flatMap(threeFloats)));
      return new Map(shapes.map(([name, shape], i) => [name, { shape, data: copies[i] as Floats }]));
    },

    /** Takes up what `tensors` gave. Throws "shape", with nothing changed, if a name or shape does not fit. */
    load(tensors: StateDict): void {
      const data = checkTensors("optimizer state", tensors, shapes);
      parts().forEach((part, i) => {
        part.set(data[i] as Floats);
      });
      large = true; // What it took up may be as large.
      if (kind !== "adam") return;
      const [a, b, c, d, e, f] = data.at(-1) as unknown as [number, number, number, number, number, number];
      kernel.f64(handle, Slot.POWERS).set([a + b + c, d + e + f]);
    },

    free,
  };
}

/**
 * A power in [0, 1] as the sum of three floats. A double has 53 bits and three floats hold 72, so nothing is lost where
 * it matters: below 2⁻⁵⁴, where the last float runs out of range first, 1 − power is 1 whatever its last bits are.
 */
function threeFloats(power: number): [number, number, number] {
  const high = Math.fround(power);
  const middle = Math.fround(power - high);
  return [high, middle, Math.fround(power - high - middle)];
}

/** A plain loop: it is run after an update, where a call for each number would take a third of the update's time. */
function areFinite(numbers: Floats): boolean {
  for (const x of numbers) if (!Number.isFinite(x)) return false;
  return true;
}
