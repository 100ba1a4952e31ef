/**
 * Files that are damaged or made to do harm, in every format that is read: the result is right or a RecurraError, "format"
 * with a place in the file; no arrays are made that are many times as long as the file; and a file of twice the length
 * takes twice the steps, which are counted.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { damage, edits } from "./damaged.js";
import { type Format, formats } from "./formats.js";
import { hostile } from "./growing.js";
import { bytesOf, costOf } from "./measure.js";

/** Arrays may be so many times as long as the file: a copy of it, its numbers in a wider type, and what is made of them. */
const MOST_TIMES = 8;
/** … beside a few of fixed length. */
const AND_BYTES = 4096;
const RUNS = 2500;
const seed = 20261123;

/** Reads once: "read", or the code of the error, which has to be one that a file can cause. */
function outcome({ read, check }: Format, file: Uint8Array<ArrayBuffer>): string {
  let result: unknown;
  try {
    result = read(file);
  } catch (error) {
    if (!(error instanceof Error && error.name === "RecurraError")) throw error;
    const { code, offset } = error as Error & { code: string; offset?: number };
    // Out of memory: sizes that no instance has, told before anything is set aside.
    if (!["format", "shape", "unsupported", "option", "out-of-memory"].includes(code)) throw error;
    if (
      code === "format" &&
      !(Number.isInteger(offset) && Number(offset) >= 0 && Number(offset) <= file.length)
    )
      throw new Error(`an offset outside of ${file.length} bytes: ${offset}`, { cause: error });
    return code;
  }
  check(result as never, file);
  return "read";
}

describe.each(formats)("$name", (format) => {
  it("is read as it was written, and refused or read wherever it ends", () => {
    for (const file of format.files) {
      expect(outcome(format, file)).toBe("read");
      for (let end = 0; end < file.length; end++) outcome(format, file.slice(0, end));
    }
  });

  it(`is read or refused whatever is changed (seed ${seed})`, () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(fc.nat(format.files.length - 1), fc.nat(), edits, (which, frame, change) => {
        const file = format.files[which] as Uint8Array<ArrayBuffer>;
        const { open, close } = format.frames[frame % format.frames.length] as Format["frames"][number];
        const damaged = close(damage(open(file), change), file);
        const result = outcome(format, damaged);
        seen.set(result, (seen.get(result) ?? 0) + 1);
        expect(bytesOf(() => format.read(damaged))).toBeLessThanOrEqual(
          MOST_TIMES * damaged.length + AND_BYTES,
        );
      }),
      { seed, numRuns: RUNS },
    );
    // Both happen, or the changes are too wild or too tame to tell anything.
    expect(seen.get("read") ?? 0).toBeGreaterThan(RUNS / 100);
    expect(seen.get("format") ?? 0).toBeGreaterThan(RUNS / 10);
  });
});

describe("files that grow", () => {
  it.each(hostile)("$format: $name", ({ make, read }) => {
    const [short, long] = [make(150), make(600)];
    expect(long.length).toBeGreaterThan(2 * short.length);
    const [few, many] = [short, long].map((file) => costOf(() => read(file))) as [
      ReturnType<typeof costOf>,
      ReturnType<typeof costOf>,
    ];
    expect(few.steps).toBeGreaterThan(0);
    expect(many.steps).toBeLessThanOrEqual((1.3 * few.steps * long.length) / short.length + 500);
    expect(many.bytes).toBeLessThanOrEqual(MOST_TIMES * long.length + AND_BYTES);
  });
});
