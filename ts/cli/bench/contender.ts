/** One competitor on one problem: started, checked, warmed up, and timed when it is its turn. */
import { type CommandLine, Competitor, positive } from "./competitor.js";

/** Seconds that are waited for an answer. The slowest library takes a minute and a half to check itself on W3. */
export interface Patience {
  readonly ready: number;
  readonly check: number;
  /** For a run, beside 20 times what it took before. */
  readonly run: number;
}

export const usualPatience: Patience = { ready: 120, check: 400, run: 120 };

/** Outputs, or losses before each of the first updates; `differs` where the library computes something else. */
export interface Check {
  readonly values: readonly number[];
  readonly relative: boolean;
  readonly differs?: string;
}

/** Greatest deviation from what this library computes that is still the same function: f32 in another order. */
export const tolerance = 1e-5;

/** Why a competitor is not timed. */
export class NotTimed extends Error {
  constructor(
    readonly status: "skipped" | "failed",
    message: string,
  ) {
    super(message);
  }
}

export class Contender {
  /** Rounds of a sample. */
  rounds = 1;
  /** Seconds of a round, as last measured. */
  perRound = 0;
  /** Seconds of a round, by repetition. */
  readonly samples = new Map<number, number>();
  /** Seconds from the start of its process until its check is done, its idle time left out. */
  firstResult = 0;
  deviation: number | undefined;
  differs: string | undefined;

  private constructor(
    readonly name: string,
    readonly label: string,
    readonly versions: Readonly<Record<string, string>>,
    private readonly competitor: Competitor,
    private readonly patience: Patience,
  ) {}

  /** Starts the first of these commands that takes part. Throws NotTimed if none does. */
  static async start(name: string, commands: readonly CommandLine[], patience: Patience): Promise<Contender> {
    let reason = new NotTimed("skipped", "not installed");
    for (const command of commands) {
      const competitor = new Competitor(command);
      try {
        const greeting = await competitor.greeting(patience.ready);
        if (greeting.ready) {
          const contender = new Contender(name, greeting.label, greeting.versions, competitor, patience);
          contender.firstResult = (performance.now() - competitor.started) / 1000;
          return contender;
        }
        if (reason.status === "skipped") reason = new NotTimed("skipped", greeting.skip);
      } catch (error) {
        competitor.kill();
        const { message } = error as Error;
        // A program that is not there: the next one may be.
        if (/ENOENT|failed to execute|ended with code 127/.test(message)) continue;
        reason = new NotTimed("failed", message);
      }
    }
    throw reason;
  }

  /** What it computes, compared with what `own` does. Throws NotTimed if that is something else. */
  async check(own?: Check): Promise<Check> {
    const begin = performance.now();
    const answer = await this.#asking({ check: true }, this.patience.check);
    this.firstResult += (performance.now() - begin) / 1000;
    if (typeof answer.differs === "string") {
      this.differs = answer.differs;
      return { values: [], relative: false, differs: answer.differs };
    }
    const relative = answer.losses !== undefined;
    const values = (answer.losses ?? answer.outputs) as readonly number[];
    if (!Array.isArray(values) || !values.every(Number.isFinite))
      throw new NotTimed("failed", "expected finite losses or outputs");
    const check: Check = { values, relative };
    if (own !== undefined) this.deviation = deviationOf(check, own);
    return check;
  }

  /**
   * Runs until it gets no faster, and finds out how many rounds make a sample. Engines optimize in threads of their own,
   * which on one core, and a busy one, may take seconds: code that is not optimized yet is several times as slow.
   */
  async warmUp(sampleSeconds: number, warmSeconds: number): Promise<void> {
    const begin = performance.now();
    let best = Number.POSITIVE_INFINITY;
    let since = 0;
    for (;;) {
      const seconds = await this.run();
      this.perRound = seconds / this.rounds;
      this.rounds = Math.max(1, Math.min(this.rounds * 16, Math.round(sampleSeconds / this.perRound)));
      since = this.perRound < 0.97 * best ? 0 : since + 1;
      best = Math.min(best, this.perRound);
      const elapsed = (performance.now() - begin) / 1000;
      const settled = since >= 4 || seconds > warmSeconds;
      if (elapsed >= warmSeconds && (settled || elapsed >= 12 * warmSeconds)) return;
    }
  }

  /** One sample; its seconds. */
  async run(): Promise<number> {
    const limit = this.patience.run + 20 * this.rounds * this.perRound;
    const answer = await this.#asking({ run: this.rounds }, limit);
    if (answer.rounds !== this.rounds)
      throw new NotTimed("failed", `expected ${this.rounds} rounds, got ${JSON.stringify(answer.rounds)}`);
    return positive(answer, "seconds");
  }

  end = (): Promise<number> => this.competitor.end();
  kill = (): void => this.competitor.kill();

  async #asking(question: object, seconds: number): Promise<Readonly<Record<string, unknown>>> {
    try {
      return await this.competitor.ask(question, seconds);
    } catch (error) {
      throw new NotTimed("failed", (error as Error).message);
    }
  }
}

/** Relative for losses, absolute for outputs. Throws NotTimed above the tolerance. */
function deviationOf(check: Check, own: Check): number {
  const { values, relative } = check;
  const count = own.values.length;
  if (values.length !== count || relative !== own.relative)
    throw new NotTimed(
      "failed",
      `expected ${count} ${own.relative ? "losses" : "outputs"}, got ${values.length}`,
    );
  const deviation = values.reduce((most, value, i) => {
    const expected = own.values[i] as number;
    return Math.max(most, Math.abs(value - expected) / (relative ? Math.abs(expected) : 1));
  }, 0);
  if (deviation <= tolerance) return deviation;
  throw new NotTimed("failed", `computes something else: off by ${deviation.toExponential(1)}`);
}
