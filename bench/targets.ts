/**
 * What is to be reached. Only `recurra bench` looks at these: a test that measures time fails when the machine is busy.
 */

/** Least share of the peak, by workload. */
export function floorOf(workload: string, nodeMajor: number): number | undefined {
  if (workload === "W4") return nodeMajor >= 24 ? 0.68 : 0.62;
  return floors.get(workload);
}

const floors: ReadonlyMap<string, number> = new Map([
  ["W1", 0.76],
  ["W2", 0.9],
  ["W3", 0.92],
  ["W5", 0.88],
  ["W6", 0.85],
]);

/** How many times as fast as other libraries, at least: by workload, then by library. */
const ratios: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  W1: { "tfjs-wasm": 10, "tfjs-cpu": 10, "jax-wasm": 10, brain: 10, tuned: 10, torch: 4, jax: 0.8 },
  W2: { "tfjs-wasm": 10, "tfjs-cpu": 10, "jax-wasm": 10, torch: 0.5, jax: 0.33 },
  W3: { "tfjs-wasm": 10, "tfjs-cpu": 10, "jax-wasm": 10, jax: 0.33 },
  W4: { "ort-web": 5, "ort-node": 8, torch: 2.5, jax: 8 },
  W5: { "ort-web": 2, "ort-node": 1.2 },
  W6: { "tfjs-wasm": 10, "tfjs-cpu": 10, "jax-wasm": 10 },
};

export const ratioOf = (workload: string, library: string): number | undefined => ratios[workload]?.[library];

/** Two workers beside none, on these workloads. */
export const scalingTarget = { workloads: ["W2", "W3"], workers: 2, ratio: 1.85 } as const;

/** The relaxed kernel beside the default one where the engine fuses, on these workloads. */
export const relaxedTarget = { workloads: ["W2", "W3", "W5"], nodeMajor: 24, ratio: 1.25 } as const;

/** Milliseconds from the start of a process to a result, above Node's own. */
export const startupTarget = 40;

/** Updates over which training must not take more memory. */
export const steadyUpdates = 10_000;

/** Numbers too small for a normal float take at most so many times as long as ordinary ones. */
export const denormalTarget = 1.25;

const WIDE =
  "measured on Zen 5, which multiplies and adds on ports of their own: twice the peak (59 GFLOP/s) of processors that " +
  "share them, with no more loads or instructions a cycle, so all that is no product weighs twice as much";
const BLOCKS =
  "the block of products alone reaches 93 to 97 %; tried: 4×8, 2×16, 3×12, 5×8 and 6×8 columns, 2 to 8 k a turn " +
  "(V8 moves the loads of a turn first and then spills), exits between k, LLVM's other schedulers";
const ONE_ROW =
  "a row times a matrix needs a load for each multiply-add, two of which a cycle are all there are: 7 sums and a " +
  "broadcast are bound at 7/8, measured 82 to 86 % with a panel in the first cache, 71 % over a matrix of 128 × 128; tried: 8 to " +
  "12 vectors a panel, with exits between them, broadcasts by shuffles, 2 and 4 k a turn: none faster";
const FUSED = `${WIDE}; a fused multiply-add takes one of the two ports for multiplications, so it saves instructions and no time`;

const TINY =
  "states of 1e-20 times weights of 1e-20 are denormal products, which WebAssembly cannot have the processor take for zero; " +
  "whatever a function is applied to is flushed below 1e-30 already, so states, gradients and probabilities that decay cost " +
  "nothing; a look at each product would double the work of all others";
const MOMENTS =
  "of the update of parameters alone, which is a few % of the time of training: what it reads is denormal, and flushing it first " +
  "would cost every update what this one loses";

/**
 * What is known of targets that are not reached: the measured reason, and what was tried. By the name that they have in
 * the list of bench/RESULTS.md, "W1, share of the peak" or "W2 beside torch"; with the number of Node's major version before
 * it where it holds for that only: "24: W1, share of the peak".
 */
export const reasons: Readonly<Record<string, string>> = {
  "W1, share of the peak": `${ONE_ROW}; a quarter of the time is no product: tanh 4, softmax 5, update and norm 5, packing and copies 6 % (profile)`,
  "W2, share of the peak": `${WIDE}; products take 89 % of the time (profile); ${BLOCKS}`,
  "W3, share of the peak": `${WIDE}; products take 91 % of the time (profile), weights of 1 MB come from the second cache at each step of 8 sequences`,
  "W4, share of the peak": `${ONE_ROW}; products take 70 % of the time, tanh 11, calls and copies 12 (profile); 10 outputs are 3 sums that wait for each addition`,
  "W5, share of the peak": `${WIDE}; tanh takes 8 to 10 % of the time; tried: one pass instead of two, 1, 2 and 4 vectors together`,
  "W6, share of the peak": `${WIDE}; products take 84 % of the time (profile), tanh and its gradient 7, packing 3`,
  "W2, relaxed beside simd": FUSED,
  "W3, relaxed beside simd": FUSED,
  "W5, relaxed beside simd": FUSED,
  "denormals, weights and biases of 1e-20, forward": TINY,
  "denormals, weights and biases of 1e-20, train": TINY,
  "denormals, moments and gradients of 1e-40, sgd": MOMENTS,
  "denormals, moments and gradients of 1e-40, rmsprop": MOMENTS,
  "denormals, moments and gradients of 1e-40, adam": MOMENTS,
  "cliffs of O, forward, B 8":
    "not seen in the run before this one: sizes of a few µs and of 25 MB are those that others on the machine disturb most",
  "cliffs of O, train, B 1":
    "V has 25.6 MB then, beyond the caches of one core, and an update of one sequence goes through it several times: outputs, " +
    "gradient of the states, its own gradient, the step",
  "W2 with 2 workers":
    "0.95 ms of an update is not shared (parameters out, gradients added, the step); two bare kernels in two workers gave 1.76 to 1.90 beside one here; the machine was busy in this run: 1.73 in the one before, whose messages to workers held fewer parts",
  "W3 with 2 workers":
    "2.1 ms of an update is not shared; two bare kernels in two workers gave 1.82 to 1.98 beside one here; the machine was busy in this run: 1.80 in the one before, 1.73 to 1.79 in two calls after it",
  "W1 beside tuned":
    "the plain JavaScript here reaches 28 thousand tokens/s, 12.5 at best where the target was set: blocked, packed, all steps at once",
  "W2 beside jax-wasm":
    "jax-js reaches 9.9 thousand tokens/s on this processor, 5.9 where the target was set; recurra is at 82 % of what the instructions allow",
  "W3 beside jax-wasm":
    "jax-js reaches over 4 thousand tokens/s on this processor, 2 where the target was set; ten times as much would exceed the peak",
  "W6 beside jax-wasm":
    "jax-js reaches 3.3 thousand sequences/s on this processor, 1.5 where the target was set; ten times as much would be 1.7 times the peak",
  "W5 beside ort-node":
    "onnxruntime's native product uses vectors of 512 bits, which WebAssembly does not have: 3,700 sequences/s are 1.03 times the peak of vectors of 128 bits",
};
