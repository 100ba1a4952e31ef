/** From what the library reports to what the progress line shows. */
import type { FitOptions, Progress } from "../index.js";
import type { Measure } from "./job.js";
import type { Status } from "./progress.js";

/** Recent reports count most: each older one 6 % less. At most 10 a second, so about two seconds matter. */
const keep = 0.94;

export class StatusKeeper {
  #loss: number | undefined;
  #norm = 0;
  #speed: number | undefined;

  constructor(
    private readonly limits: Pick<FitOptions, "seconds">,
    private readonly measure: Measure,
  ) {}

  next(progress: Progress): Status {
    const { update, updates, elapsed, loss, gradientNorm, stepsPerSecond, validation } = progress;
    const heldOut = validation === undefined ? undefined : this.measure.of(validation.loss);
    const smooth = (before: number | undefined, now: number): number =>
      before === undefined ? now : keep * before + (1 - keep) * now;
    this.#loss = smooth(this.#loss, this.measure.of(loss));
    this.#norm = this.#norm === 0 ? gradientNorm : smooth(this.#norm, gradientNorm);
    this.#speed = smooth(this.#speed, stepsPerSecond);
    const { seconds } = this.limits;
    const ofUpdates = updates === undefined ? 0 : update / updates;
    const ofSeconds = seconds === undefined ? 0 : elapsed / seconds;
    const share = Math.min(1, Math.max(ofUpdates, ofSeconds));
    const left = share === 0 ? 0 : (elapsed / share) * (1 - share);
    return { update, share, loss: this.#loss, heldOut, speed: this.#speed, norm: this.#norm, left };
  }
}
