import { describe, expect, test } from "vitest";
import { expectedUpdates, fromHere, isReached, shareDone } from "../../ts/training/limits.js";
import { cosineOfPi, FLOOR, scheduledRate } from "../../ts/training/schedule.js";

describe("the learning rate", () => {
  test("cos πp is within 1e-11 of the true one", () => {
    // The series' first term left out is below 7e-12; Math.cos itself errs by less than 1e-15.
    for (let i = 0; i <= 10000; i++) {
      expect(Math.abs(cosineOfPi(i / 10000) - Math.cos((Math.PI * i) / 10000))).toBeLessThan(1e-11);
    }
  });

  test("cosine falls from the rate to 1 % of it, through the middle", () => {
    expect(scheduledRate("cosine", 2, 0, 0)).toBeCloseTo(2, 10);
    expect(scheduledRate("cosine", 2, 0.5, 50)).toBeCloseTo(2 * (FLOOR + (1 - FLOOR) / 2), 10);
    expect(scheduledRate("cosine", 2, 1, 100)).toBeCloseTo(0.02, 10);
    expect(scheduledRate("cosine", 2, 1.5, 150)).toBe(scheduledRate("cosine", 2, 1, 100));
    let before = Number.POSITIVE_INFINITY;
    for (let u = 0; u < 100; u++) {
      const rate = scheduledRate("cosine", 1, u / 100, u);
      expect(rate).toBeLessThanOrEqual(before);
      before = rate;
    }
  });

  test("constant is constant", () => {
    for (const share of [0, 0.3, 1]) expect(scheduledRate("constant", 0.3, share, 7)).toBe(0.3);
  });

  test("decay 0.4 lowers it linearly in the last 40 %, warmup raises it linearly in the first updates", () => {
    const rates = Array.from({ length: 100 }, (_, u) =>
      scheduledRate({ warmup: 10, decay: 0.4 }, 1, u / 100, u),
    );
    expect(rates[0]).toBeCloseTo(0.1, 12);
    expect(rates[4]).toBeCloseTo(0.5, 12);
    for (let u = 9; u <= 60; u++) expect(rates[u]).toBe(1);
    expect(rates[80]).toBeCloseTo(FLOOR + (1 - FLOOR) * 0.5, 12);
    expect(rates[99]).toBeCloseTo(FLOOR + (1 - FLOOR) * 0.025, 12);
    expect(scheduledRate({ decay: 0 }, 1, 1, 100)).toBe(1);
    expect(scheduledRate({ decay: 1 }, 1, 0.5, 50)).toBeCloseTo(FLOOR + (1 - FLOOR) * 0.5, 12);
  });
});

describe("limits", () => {
  const at = { update: 50, epoch: 2, share: 0.5, elapsed: 4 };

  test("whichever is nearest counts", () => {
    expect(shareDone({ updates: 100 }, at)).toBe(0.5);
    expect(shareDone({ epochs: 5 }, at)).toBe(0.5);
    expect(shareDone({ seconds: 5 }, at)).toBe(0.8);
    expect(shareDone({ updates: 100, seconds: 5, epochs: 5 }, at)).toBe(0.8);
    expect(shareDone({ updates: 10 }, at)).toBe(1);
    expect(isReached({ updates: 51, epochs: 3, seconds: 4.1 }, at)).toBe(false);
    for (const limits of [{ updates: 50 }, { epochs: 2 }, { seconds: 4 }])
      expect(isReached(limits, at)).toBe(true);
    expect(expectedUpdates({ updates: 30, epochs: 2 }, 10)).toBe(20);
    expect(expectedUpdates({ seconds: 1 }, 10)).toBeUndefined();
  });

  test("those of a run count from where it starts", () => {
    expect(fromHere({ updates: 5, epochs: 1, seconds: 2 }, at)).toEqual({
      updates: 55,
      epochs: 3,
      seconds: 6,
    });
    expect(fromHere({}, at)).toEqual({});
  });
});
