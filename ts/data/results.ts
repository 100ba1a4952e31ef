/** What a pass over a window leaves in its workspace. */
import { feedsBack, type ResolvedOptions } from "../options.js";
import { WorkspaceSlot as Slot } from "../wasm/slots.js";
import type { Part } from "./spans.js";
import type { Carried, Feed } from "./window.js";

/** Room for what is carried. */
export const makeCarried = (options: ResolvedOptions, lanes: number): Carried => ({
  states: new Float32Array(lanes * options.hiddenSize),
  feedback: new Float32Array(feedsBack(options) ? lanes * options.outputSize : 0),
});

/** After a pass: copies the final state and feedback of every sequence of the window to its lane's row of `to`. */
export function readCarried({ kernel, workspace, options }: Feed, part: Part, to: Carried): void {
  const feedback = to.feedback.length ? kernel.f32(workspace, Slot.FINAL_FED) : to.feedback;
  carry(options, part, { states: kernel.f32(workspace, Slot.FINAL_STATE), feedback }, to);
}

/** Copies final states and feedback, a row per sequence of the window, to their lanes' rows of `to`. */
export function carry(
  { hiddenSize, outputSize }: ResolvedOptions,
  part: Part,
  from: Carried,
  to: Carried,
): void {
  part.forEach(({ lane }, i) => {
    const copy = (name: keyof Carried, width: number) =>
      to[name].set(from[name].subarray(i * width, (i + 1) * width), lane * width);
    copy("states", hiddenSize);
    if (to.feedback.length) copy("feedback", outputSize);
  });
}

/** Σ weight · loss in nats, Σ weight, Σ weight where the most probable symbol was the target, bytes of the tape. */
export function readResults({
  kernel,
  workspace,
}: Feed): [loss: number, count: number, correct: number, bytes: number] {
  return [...kernel.f64(workspace, Slot.RESULTS)] as [number, number, number, number];
}
