/** Graphs by hand: what onnxruntime computes, the network that is read from them computes too. */
import { describe, expect, it } from "vitest";
import { importOnnx } from "../../ts/onnx/index.js";
import { generator } from "../random.js";
import { compare, type Deviation, padded } from "./compare.js";
import { encode } from "./graph.js";
import { absent, findJudge } from "./judge.js";
import { variant } from "./variants.js";

const judge = await findJudge();
const COUNT = 240;
const SEED = 4000;

describe.skipIf(judge === undefined)(
  `importOnnx, judged by onnxruntime (${judge ? "there" : absent})`,
  () => {
    it(`gives the same states and outputs in ${COUNT} graphs, in either layout of the operator`, async () => {
      const worst: Deviation = { states: 0, outputs: 0 };
      for (let i = 0; i < COUNT; i++) {
        const { name, sequences, T, batchFirst, feeds, graph } = variant(SEED + i);
        // onnxruntime has no layout 1: it judges the same network in layout 0.
        const layout = generator(i).integer(0, 1) as 0 | 1;
        const opset = graph(layout).opset ?? 17;
        const file = encode(graph(opset < 14 ? 0 : layout));
        const { rnn, inputs, outputs, initialStates, lengths } = await importOnnx(file, {}).catch(
          (error: unknown) => {
            throw new Error(`${name}: ${String(error)}`);
          },
        );
        const x = padded(sequences, T, rnn.options.inputSize, batchFirst);
        const result = await judge?.(encode(graph(0)), feeds(x)).catch((error: unknown) => {
          throw new Error(`${name}: onnxruntime: ${String(error)}`);
        });
        expect(inputs.x.axes, name).toEqual(batchFirst ? ["N", "T", "I"] : ["T", "N", "I"]);
        const H = rnn.options.hiddenSize;
        if (initialStates)
          sequences.forEach(({ initialState }, n) => {
            expect(initialStates.slice(n * H, (n + 1) * H), name).toEqual(initialState);
          });
        if (lengths)
          expect([...lengths], name).toEqual(
            sequences.map(({ inputs: own }) => (own as Float32Array).length / rnn.options.inputSize),
          );
        const o = outputs.find((output) => output.what === "outputs");
        expect(rnn.options.outputs, name).toBe(o === undefined ? "none" : o.last ? "last" : "every");
        const { states, end, o: data } = result ?? {};
        const named = {
          ...(states && { states }),
          ...(end && { final_state: end }),
          ...(data && { outputs: data }),
        };
        compare(rnn, sequences, T, batchFirst, named, worst, name);
        rnn.dispose();
      }
      console.log(`import: ${COUNT} graphs, seeds from ${SEED}, worst deviation`, worst);
      expect(worst.outputs).toBeGreaterThan(0);
    }, 120_000);
  },
);
