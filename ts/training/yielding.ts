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
  let before = last;
  let asked = 0;
  return () => {
    const at = now();
    // What comes next takes about as long as what came last, and should end in time.
    const next = 2 * at - before;
    before = at;
    if (++asked < MOST && next - last < longest) return undefined;
    return nextTurn().then(() => {
      last = before = now();
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
    try {
      if (typeof setImmediate === "function") {
        setImmediate(resolve);
        return;
      }
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } catch {
      // Not there, or a stub that throws, as both are in Next's edge routes.
      setTimeout(resolve);
    }
  });
}
