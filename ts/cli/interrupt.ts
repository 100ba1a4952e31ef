/**
 * Ctrl-C, SIGTERM and a terminal that is closed: the first signal asks the work to stop at a good place, a second Ctrl-C or
 * SIGTERM ends the process at once.
 */

export const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof exitCodes;

export class Interrupt {
  /** The exit code to end with once the work has stopped; undefined while nobody asked. */
  exitCode: number | undefined;
  /** Called at the first signal. */
  onRequest: () => void = () => {};
  readonly #listener = (signal: Signal): void => {
    if (this.exitCode === undefined) {
      this.exitCode = exitCodes[signal];
      this.onRequest();
      return;
    }
    // The shell and the system may both tell that a terminal is gone: that is one wish, not two.
    // Files are written in one go without returning to the event loop, so none can be half-written here.
    if (signal !== "SIGHUP") process.exit(exitCodes[signal]);
  };

  constructor() {
    for (const signal of Object.keys(exitCodes)) process.on(signal, this.#listener);
  }

  /** Gives the signals back to the system. */
  release(): void {
    for (const signal of Object.keys(exitCodes)) process.off(signal, this.#listener);
  }
}
