/**
 * The other side of `recurra bench`, in a process of its own: this library as one competitor among others, and the first
 * moments of a program that uses it. It loads nothing but the library.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Problem } from "../../../bench/problem.js";
import type { RnnOptions, Runtime, Sequence } from "../../index.js";

/** What can be asked for. */
interface Competitor {
  check(): Promise<object>;
  run(rounds: number): Promise<unknown>;
}

const say = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
const library = () => import("../../index.js");

/** An answer for each line that comes in, until they end. */
async function compete(folder: string, kernel: string | undefined): Promise<void> {
  const problem = JSON.parse(readFileSync(join(folder, "problem.json"), "utf8")) as Problem;
  const competitor = await makeCompetitor(problem, folder, kernel);
  const about = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(about) as { version: string };
  const label = `recurra ${version}${kernel === "relaxed" ? ", relaxed kernel" : ""}`;
  say({ ready: true, name: "recurra", label, versions: { recurra: version, node: process.versions.node } });
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line) as { check?: true; run?: number; end?: true };
    if (message.check) say(await competitor.check());
    else if (message.run !== undefined) {
      const begin = performance.now();
      await competitor.run(message.run);
      say({ seconds: (performance.now() - begin) / 1000, rounds: message.run });
    } else if (message.end) {
      say({ peakRssBytes: process.resourceUsage().maxRSS * 1024 });
      return;
    } else throw new Error(`expected check, run or end, got ${line}`);
  }
}

async function makeCompetitor(
  problem: Problem,
  folder: string,
  kernel: string | undefined,
): Promise<Competitor> {
  const { Rnn, Trainer, createRuntime } = await library();
  const { kind, I, H, O, steps, batch, outputs, learningRate, files } = problem;
  const bytes = (file = ""): ArrayBuffer => new Uint8Array(readFileSync(join(folder, file))).buffer;
  const floats = (file?: string) => new Float32Array(bytes(file));
  const ints = (file?: string) => new Int32Array(bytes(file));

  let runtime: Runtime | undefined;
  if (kernel === "relaxed") {
    const module = new Uint8Array(readFileSync(new URL("./kernel-relaxed.wasm", import.meta.url)));
    runtime = await createRuntime({ kernel, module });
  }
  // What is compared is o itself, not its softmax.
  const loss = kind === "train" ? "cross-entropy" : "squared-error";
  const options: RnnOptions = { inputSize: I, hiddenSize: H, outputSize: O, outputs, loss };
  const rnn = await Rnn.create(options, runtime);
  const given = new Map(
    [...rnn.stateDict()].map(([name, { shape }]) => [
      name,
      { shape, data: floats(files[name as keyof Problem["files"]]) },
    ]),
  );
  rnn.loadStateDict(given);

  const inputs = files.symbols ? ints(files.symbols) : floats(files.vectors);
  const targets = files.targets ? ints(files.targets) : undefined;
  const row = inputs.length / batch;
  const scored = outputs === "last" ? 1 : steps;
  const sequences: Sequence[] = Array.from({ length: batch }, (_, b) => ({
    inputs: inputs.slice(b * row, (b + 1) * row),
    ...(targets && { targets: targets.slice(b * scored, (b + 1) * scored) }),
  }));

  if (kind === "train") {
    const makeTrainer = () =>
      new Trainer(rnn, sequences, {
        batchSize: batch,
        optimizer: { kind: "sgd", learningRate },
        schedule: "constant",
        // So large that it never acts. Without any, each update keeps a copy of the parameters, lest they overflow.
        clipNorm: 1e6,
      });
    let trainer = makeTrainer();
    return {
      async check() {
        const { losses } = await trainer.run({ updates: 3 });
        trainer.dispose();
        rnn.loadStateDict(given);
        trainer = makeTrainer();
        return { losses: [...losses] };
      },
      async run(rounds) {
        const { stopped } = await trainer.run({ updates: rounds });
        if (stopped !== "done") throw new Error(`training: expected it to go on, got ${stopped}`);
      },
    };
  }
  if (kind === "predict") {
    return {
      check: async () => ({ outputs: rnn.predict(sequences).flatMap((values) => [...values]) }),
      async run(rounds) {
        for (let round = 0; round < rounds; round++) rnn.predict(sequences);
      },
    };
  }
  const stream = rnn.stream();
  const vectors = inputs as Float32Array;
  const rows = Array.from({ length: steps }, (_, t) => vectors.slice(t * I, (t + 1) * I));
  const out = { out: new Float32Array(O) };
  return {
    async check() {
      const all = rows.flatMap((values) => [...stream.step(values)]);
      stream.reset();
      return { outputs: all };
    },
    async run(rounds) {
      for (let round = 0; round < rounds; round++) for (const values of rows) stream.step(values, out);
    },
  };
}

/** From an empty process to a first result; how long each part of the way took, in milliseconds. */
async function start(what: string): Promise<void> {
  if (what === "nothing") return say({});
  const began = performance.now();
  const { Rnn, Trainer, createRuntime } = await library();
  const imported = performance.now();
  const runtime = await createRuntime();
  const compiled = performance.now();
  let created: number;
  if (what === "update") {
    const inputs = Int32Array.from({ length: 101 }, (_, t) => (t * 7) % 65);
    const rnn = await Rnn.create({ inputSize: 65, hiddenSize: 128, outputSize: 65 }, runtime);
    created = performance.now();
    const trainer = new Trainer(rnn, [{ inputs, targets: "next" }], {});
    await trainer.run({ updates: 1 });
  } else {
    const rnn = await Rnn.create({ inputSize: 32, hiddenSize: 128, outputSize: 10 }, runtime);
    created = performance.now();
    rnn.stream().step(new Float32Array(32).fill(0.5));
  }
  say({
    ...{ import: imported - began, compile: compiled - imported },
    ...{ create: created - compiled, first: performance.now() - created },
  });
}

const [mode, what = "", kernel] = process.argv.slice(2);
try {
  if (mode === "start") await start(what);
  else await compete(what, kernel);
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
