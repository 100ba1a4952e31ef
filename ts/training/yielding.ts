/** Seconds on a clock that only runs forward. */
export const now = (): number => performance.now() / 1000;

/** Longest time without letting others run, seconds: a signal is seen within it, or within one update. */
const LONGEST = 0.02;
/** Some hosts stop the clock while code runs; after so many updates others get their turn whatever it says. */
const MOST = 256;

/** The same where this thread is meant to stay free. */
export const BRIEF = 0.004;

/**
 * Lets the event loop run now and then: timers, input, messages and whatever sets an AbortSignal. Asking is cheap, so
 * that small updates are not slowed down.
 *
 * @param longest Seconds without letting others run.
 * @returns Waits for others if it is time for that, and says whether it was.
 */
export function makeBreather(longest = LONGEST): () => Promise<void> | undefined {
  let last = now();
  let asked = 0;
  return () => {
    if (++asked < MOST && now() - last < longest) return undefined;
    return nextTurn().then(() => {
      last = now();
      asked = 0;
    });
  };
}

/**
 * One turn of the event loop as a macrotask: a promise alone would never let a timer run. `setTimeout` comes last
 * because browsers hold it back for 4 ms and more.
 */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
    } else if (typeof MessageChannel === "function") {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } else {
      setTimeout(resolve);
    }
  });
}
