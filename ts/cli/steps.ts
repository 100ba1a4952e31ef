/**
 * How many symbols a number of updates has learned from. The text's τ steps are cut into B lanes of ⌊τ/B⌋ or
 * ⌈τ/B⌉ steps, read side by side, `truncate` steps per update.
 */
export class StepCounter {
  /** Updates in one pass over the text. */
  readonly updatesPerEpoch: number;
  readonly #lanes: number;
  readonly #short: number;
  readonly #longer: number;

  constructor(
    /** τ: one less than the text has symbols, since the last is only predicted. */
    readonly steps: number,
    batchSize: number,
    private readonly truncate: number,
  ) {
    this.#lanes = Math.min(batchSize, steps);
    this.#short = Math.floor(steps / this.#lanes);
    this.#longer = steps - this.#short * this.#lanes;
    this.updatesPerEpoch = Math.ceil(Math.ceil(steps / this.#lanes) / truncate);
  }

  after(updates: number): number {
    const epochs = Math.floor(updates / this.updatesPerEpoch);
    const read = (updates % this.updatesPerEpoch) * this.truncate;
    const short = Math.min(read, this.#short) * (this.#lanes - this.#longer);
    const long = Math.min(read, this.#short + 1) * this.#longer;
    return epochs * this.steps + short + long;
  }
}
