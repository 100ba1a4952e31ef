/** What torch.onnx.export writes, computes here what it computes in torch: export.py. Skipped where there is no torch. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { importOnnx } from "../../ts/onnx/index.js";
import { workFolder } from "../cli/program.js";
import { absent, python } from "./python.js";

const folder = workFolder();
afterAll(() => folder.remove());

interface Case {
  readonly name: string;
  readonly file: string;
  readonly batch_first: boolean;
  readonly N: number;
  readonly T: number;
  readonly x: readonly number[];
  readonly h: readonly number[] | null;
  readonly outputs: readonly number[];
}

test.skipIf(python === undefined)(
  `networks that torch exports are read to the same outputs (${python ?? absent})`,
  async () => {
    const script = fileURLToPath(new URL("export.py", import.meta.url));
    const answer = execFileSync(python ?? "", ["-B", script, folder.path], {
      maxBuffer: 2 ** 27,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const cases = JSON.parse(answer.toString()) as Case[];
    expect(cases.length).toBeGreaterThan(150);
    let worst = 0;
    for (const { name, file, batch_first, N, T, x, h, outputs } of cases) {
      const { rnn } = await importOnnx(readFileSync(file), { loss: "squared-error" }).catch(
        (error: unknown) => {
          throw new Error(name, { cause: error });
        },
      );
      const { inputSize: I, hiddenSize: H, outputSize: O = 0 } = rnn.options;
      const row = (n: number, t: number) => (batch_first ? n * T + t : t * N + n);
      const sequences = Array.from({ length: N }, (_, n) => ({
        inputs: Float32Array.from(
          { length: T * I },
          (_, j) => x[row(n, Math.floor(j / I)) * I + (j % I)] ?? 0,
        ),
        ...(h && { initialState: Float32Array.from(h.slice(n * H, (n + 1) * H)) }),
      }));
      const last = outputs.length === N * O;
      expect(rnn.options.outputs, name).toBe(last ? "last" : "every");
      using pass = rnn.forward(sequences);
      const largest = outputs.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      pass.outputs().forEach((own, n) => {
        expect(own.length, name).toBe((last ? 1 : T) * O);
        own.forEach((value, j) => {
          const place = last ? n : row(n, Math.floor(j / O));
          worst = Math.max(worst, Math.abs(value - (outputs[place * O + (j % O)] as number)) / largest);
        });
      });
      rnn.dispose();
    }
    console.info(`${cases.length} files of torch.onnx.export: outputs within ${worst}`);
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThanOrEqual(2e-6);
  },
  120_000,
);
