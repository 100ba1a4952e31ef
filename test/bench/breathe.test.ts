import { expect, test } from "vitest";
import { runSweep } from "../../bench/sweep.js";
import { inTurns } from "../../ts/cli/bench/sampling.js";

/** Counts how often the event loop comes round, until `use` is over. */
async function rounds<T>(use: (count: () => number) => Promise<T>): Promise<T> {
  let count = 0;
  let going = true;
  const again = (): void => {
    count++;
    if (going) setImmediate(again);
  };
  setImmediate(again);
  try {
    return await use(() => count);
  } finally {
    going = false;
  }
}

test("signals are heard between turns, even if none of them waits", async () => {
  const heard: number[] = [];
  await rounds((count) => inTurns(0, async () => void heard.push(count())));
  expect(heard.length).toBeGreaterThanOrEqual(3);
  expect(new Set(heard).size).toBe(heard.length);
});

test("signals are heard between the samples of a sweep", async () => {
  const heard: number[] = [];
  await rounds((count) =>
    runSweep({
      ...{ peak: { gflops: () => 50 }, seconds: 1e-3, only: ["B"] },
      tell: () => void heard.push(count()),
    }),
  );
  expect(heard.length).toBeGreaterThan(100);
  expect(new Set(heard).size).toBe(heard.length);
});
