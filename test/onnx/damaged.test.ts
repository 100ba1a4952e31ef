/** Files cut short, with bytes changed, or of nothing but noise: never more than refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecurraError, Rnn } from "../../ts/index.js";
import { exportOnnx, readOnnx } from "../../ts/onnx/index.js";
import { encode } from "./graph.js";
import { variant } from "./variants.js";

/** Anything but a RecurraError of a kind that files can cause is a fault; so is a byte outside the file. */
function survives(file: Uint8Array<ArrayBuffer>): void {
  try {
    readOnnx(file);
  } catch (error) {
    if (!(error instanceof RecurraError)) throw error;
    expect(["format", "unsupported"]).toContain(error.code);
    if (error.code !== "format") return;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(file.length);
  }
}

describe("files that are damaged", async () => {
  const rnn = await Rnn.create({ inputSize: 3, hiddenSize: 4, outputSize: 2, metadata: { key: "value" } });
  const own = exportOnnx(rnn, { batchFirst: true, initialState: true, sequenceLengths: true });
  rnn.dispose();
  const files = [own, ...Array.from({ length: 10 }, (_, i) => encode(variant(8000 + i).graph(0)))];
  const seed = 77;

  it("are refused wherever they end", () => {
    for (const file of files) for (let end = 0; end < file.length; end++) survives(file.slice(0, end));
    for (let end = 0; end < own.length; end++)
      if (end < own.length / 2) expect(() => readOnnx(own.slice(0, end))).toThrow(RecurraError);
  });

  it(`are never more than refused, whatever bytes are changed (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        fc.nat(files.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (which, changes) => {
          const file = (files[which] as Uint8Array).slice();
          for (const [place, value] of changes) file[place % file.length] = value;
          survives(file);
        },
      ),
      { seed, numRuns: 6000 },
    );
  });

  it(`are refused when they are no files at all (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => survives(new Uint8Array(bytes))),
      { seed, numRuns: 3000 },
    );
  });
});
