/** What is saved with PyTorch's names, torch loads strictly and computes alike: check.py. Skipped where there is no torch. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { Rnn } from "../../ts/index.js";
import { workFolder } from "../cli/program.js";
import { generator } from "../random.js";
import { farthest, fileOf, goldens, joined, optionsOf, sequencesOf } from "./goldens.js";
import { absent, python } from "./python.js";

const folder = workFolder();
afterAll(() => folder.remove());

interface Job {
  readonly file: string;
  readonly I: number;
  readonly H: number;
  readonly O: number;
  readonly nonlinearity: string;
  readonly lengths: readonly number[];
  readonly batch_first: boolean;
  readonly inputs: readonly (readonly number[])[];
  readonly initial: readonly number[];
}

interface Answer {
  readonly version: string;
  readonly states: number[];
  readonly logits: number[];
}

const script = fileURLToPath(new URL("check.py", import.meta.url));
const ask = (jobs: readonly Job[]): Answer[] =>
  JSON.parse(
    execFileSync(python ?? "", ["-B", script], {
      input: JSON.stringify(jobs),
      maxBuffer: 2 ** 27,
    }).toString(),
  ) as Answer[];

/** One-hot rows of symbols. */
const oneHot = (symbols: readonly number[], I: number): number[] =>
  symbols.flatMap((symbol) => Array.from({ length: I }, (_, i) => (i === symbol ? 1 : 0)));

test.skipIf(python === undefined)(
  `torch computes with our files what we do (${python ?? absent})`,
  async () => {
    const cases: { job: Job; states: number[]; logits: number[] }[] = [];
    const add = (
      rnn: Rnn,
      more: Omit<Job, "file" | "I" | "H" | "O">,
      data: Parameters<Rnn["forward"]>[0],
    ) => {
      const file = folder.file(`${cases.length}.safetensors`, rnn.save({ names: "pytorch" }));
      const { inputSize: I, hiddenSize: H, outputSize: O = 0 } = rnn.options;
      using pass = rnn.forward(data);
      const logits = O > 0 ? joined(pass.outputs()) : [];
      cases.push({ job: { ...more, file, I, H, O }, states: joined(pass.states()), logits });
    };
    for (const golden of goldens) {
      const { nonlinearity, lengths, batch_first, initial, I } = golden;
      // Logits of every step, as check.py gives them.
      const options = { ...optionsOf(golden), ...(golden.O > 0 && { outputs: "every" as const }) };
      using rnn = await Rnn.load(fileOf(golden), options);
      const inputs = golden.symbols ? golden.inputs.map((row) => oneHot(row, I)) : golden.inputs;
      const data = sequencesOf(golden).map(({ targets: _, ...sequence }) => sequence);
      add(rnn, { nonlinearity, lengths, batch_first, initial, inputs }, data);
    }
    // Networks that were born here, and have learned something.
    const seed = 20261123;
    const random = generator(seed);
    for (let round = 0; round < 30; round++) {
      const [I, H, O] = [random.integer(1, 20), random.integer(1, 70), random.integer(1, 12)];
      const nonlinearity = round % 2 ? ("relu" as const) : ("tanh" as const);
      using rnn = await Rnn.create({
        ...{ inputSize: I, hiddenSize: H, outputSize: O, activation: nonlinearity, seed: round },
        loss: "squared-error",
      });
      const lengths = Array.from({ length: random.integer(1, 5) }, () => random.integer(1, 30));
      const data = lengths.map((steps) => ({
        inputs: random.floats(steps * I),
        initialState: random.floats(H),
      }));
      await rnn.fit(
        data.map((sequence, i) => ({ ...sequence, targets: random.floats((lengths[i] as number) * O) })),
        { updates: 3 },
      );
      const inputs = data.map((sequence) => [...sequence.inputs]);
      const initial = data.flatMap(({ initialState }) => [...initialState]);
      add(rnn, { nonlinearity, lengths, batch_first: round % 3 === 0, inputs, initial }, data);
    }

    const answers = ask(cases.map(({ job }) => job));
    let [worstState, worstLogit] = [0, 0];
    cases.forEach(({ states, logits }, i) => {
      const { states: h, logits: o } = answers[i] as Answer;
      const here = `case ${i}, seed ${seed}`;
      expect(h.length, here).toBe(states.length);
      expect(o.length, here).toBe(logits.length);
      const largest = o.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      // relu is not bounded: states are measured as logits are.
      const highest = h.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      worstState = Math.max(worstState, farthest(states, h) / highest);
      worstLogit = Math.max(worstLogit, farthest(logits, o) / largest);
    });
    console.info(`torch ${answers[0]?.version}: states within ${worstState}, logits within ${worstLogit}`);
    expect(worstState).toBeLessThanOrEqual(2e-6);
    expect(worstLogit).toBeLessThanOrEqual(2e-6);
  },
  120_000,
);
