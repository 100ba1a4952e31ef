/**
 * What `work` resolves with, or undefined as soon as one of the signals aborts: what workers compute is not waited for then,
 * as they may be lost without a word. `work` goes on by itself and has to look at the signals before it changes anything.
 */
export async function orAborted<T>(
  signals: readonly AbortSignal[],
  work: Promise<T>,
): Promise<T | undefined> {
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  for (const signal of signals) signal.addEventListener("abort", stop);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", stop);
  }
}
