import { checkOptions } from "../checks.js";
import { type Entry, internals, Owner } from "../models/internals.js";
import { writeParameters } from "../models/parameters.js";
import type { Rnn } from "../models/rnn.js";
import type { Gradients, OptimizerOptions, StateDict, Tensor } from "../types.js";
import { NetworkSlot } from "../wasm/slots.js";
import { rateRule, resolveOptimizer } from "./hyperparameters.js";
import { type Moments, makeMoments } from "./moments.js";
import { clipNorm } from "./rules.js";

const rules = { clipNorm, learningRate: rateRule };

/**
 * Updates a network's parameters from gradients that the caller computed: for loops of one's own, or for a sum of
 * gradients that came from several machines. It holds the moments of sgd (velocity), adam or rmsprop.
 *
 * - sgd: v = momentum · v + g; p −= rate · v. Defaults: rate 0.1, momentum 0.
 * - adam: m and v are running means of g and g², corrected for their start at 0; p −= rate · (m̂ / (√v̂ + ε) +
 *   weightDecay · p). Defaults: rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-8, weightDecay 0.
 * - rmsprop: v is the running mean of g²; p −= rate · g / (√v + ε). Defaults: rate 0.001, decay 0.99, epsilon 1e-8.
 */
export class Optimizer extends Owner {
  readonly #moments: Moments;

  /** Throws "option" for options that do not fit. */
  constructor(rnn: Rnn, options: OptimizerOptions) {
    const found = internals(rnn);
    const moments = makeMoments(found, resolveOptimizer("optimizer", options));
    super({ what: "optimizer", found, rnn, free: moments.free } satisfies Entry);
    this.#moments = moments;
  }

  /**
   * One update. Gradients are those of `Forward.backward`, or tensors with the names and shapes of `stateDict()`.
   *
   * @param options.clipNorm Gradients with a greater global norm are scaled down to it. No clipping if absent.
   * @param options.learningRate In place of the one in the optimizer's options.
   * @returns The global norm before clipping. If it is not finite, nothing was updated.
   */
  step(
    gradients: Pick<Gradients, "parameters">,
    options: { clipNorm?: number | undefined; learningRate?: number | undefined } = {},
  ): number {
    const found = internals(this, "step");
    const { options: own, step } = this.#moments;
    const { learningRate = own.learningRate, clipNorm = Number.POSITIVE_INFINITY } = checkOptions(
      "step options",
      options,
      rules,
    );
    writeParameters(found, "gradients.parameters", gradients?.parameters, NetworkSlot.GRADIENT);
    return step(learningRate, clipNorm, 0);
  }

  /**
   * The moments by parameter, `adam.first.weight_ih` … and `adam.second.weight_ih` …, with the parameters' shapes, and
   * `adam.powers` (2, 3): β₁ᵗ and β₂ᵗ, each as a sum of three floats.
   */
  stateDict(): Map<string, Tensor> {
    internals(this, "stateDict");
    return this.#moments.tensors();
  }

  /** Takes up what {@link stateDict} gave. Throws "shape", with nothing changed, if a name or shape does not fit. */
  loadStateDict(tensors: StateDict): void {
    internals(this, "loadStateDict");
    this.#moments.load(tensors);
  }
}
