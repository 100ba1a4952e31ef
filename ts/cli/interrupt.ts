/** Ctrl-C and SIGTERM: the first asks the work to stop at a good place, the second ends the process at once. */

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof exitCodes;

export class Interrupt {
  /** The exit code to end with once the work has stopped; undefined while nobody asked. */
  exitCode: number | undefined;
  /** Called at the first signal. */
  onRequest: () => void = () => {};
  readonly #listener = (signal: Signal): void => {
    // Files are written in one go without returning to the event loop, so none can be half-written here.
    if (this.exitCode !== undefined) process.exit(exitCodes[signal]);
    this.exitCode = exitCodes[signal];
    this.onRequest();
  };

  constructor() {
    for (const signal of Object.keys(exitCodes)) process.on(signal, this.#listener);
  }

  /** Gives the signals back to the system. */
  release(): void {
    for (const signal of Object.keys(exitCodes)) process.off(signal, this.#listener);
  }
}
