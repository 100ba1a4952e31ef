/**
 * `Trainer` and `Optimizer` for the networks of `recurra/slim`, which are not in its own file; and training from the start,
 * where the first `fit` or `evaluate` could not load it.
 *
 * @packageDocumentation
 */
import { evaluate } from "../training/evaluate.js";
import { Trainer } from "../training/trainer.js";
import { setTraining } from "./training-on-demand.js";

export { Optimizer } from "../training/optimizer.js";
export { Trainer };

setTraining({ evaluate, Trainer });
