/**
 * What is known of targets that are not reached: the measured reason, and what was tried. All of it holds for one
 * processor, or for the way things are computed, whenever it is measured: figures of a run stand in its tables.
 */

/** The processor, as the system calls it, and what it is. */
export const knownProcessor = { name: "AMD EPYC", kind: "Zen 5" } as const;

export interface Known {
  /** Names in the list of targets: "W1, share of the peak". */
  readonly of: readonly string[];
  readonly why: string;
}

const shares = (...workloads: readonly string[]): string[] =>
  workloads.map((name) => `${name}, share of the peak`);

export const known: readonly Known[] = [
  {
    of: shares("W2", "W3", "W5", "W6"),
    why:
      "Zen 5 multiplies and adds on ports of their own: twice the peak of processors that share them, with no more " +
      "loads or instructions a cycle, so all that is no product weighs twice as much",
  },
  {
    of: shares("W1", "W4"),
    why:
      "a row times a matrix needs a load for each multiply-add, two of which a cycle are all there are: 7 sums and a " +
      "broadcast are bound at 7/8; the product alone reaches 82 to 86 % with a panel in the first cache, 71 % over a " +
      "matrix of 128 × 128; tried: 8 to 12 vectors a panel, with exits between them, broadcasts by shuffles, 2 and 4 k " +
      "a turn: none faster",
  },
  {
    of: shares("W1"),
    why: "a quarter of the time is no product: tanh 4, softmax 5, update and norm 5, packing and copies 6 % (profile)",
  },
  {
    of: shares("W2"),
    why:
      "products take 89 % of the time (profile); the block of products alone reaches 93 to 97 %; tried: 4×8, 2×16, " +
      "3×12, 5×8 and 6×8 columns, 2 to 8 k a turn (V8 moves the loads of a turn first and then spills), exits between " +
      "k, LLVM's other schedulers",
  },
  {
    of: shares("W3"),
    why: "products take 91 % of the time (profile); weights of 1 MB come from the second cache at each step of 8 sequences",
  },
  {
    of: shares("W4"),
    why:
      "products take 70 % of the time, tanh 11, calls and copies 12 (profile); 10 outputs are 3 sums that wait for " +
      "each addition",
  },
  {
    of: shares("W5"),
    why: "tanh takes 8 to 10 % of the time; tried: one pass instead of two, 1, 2 and 4 vectors together",
  },
  {
    of: shares("W6"),
    why: "products take 84 % of the time (profile), tanh and its gradient 7, packing 3",
  },
  {
    of: ["W2", "W3", "W5"].map((name) => `${name}, relaxed beside simd`),
    why:
      "a fused multiply-add takes one of Zen 5's two ports for multiplications, and additions have ports of their own: " +
      "it saves instructions, and no time of the ports",
  },
  {
    of: ["W1 beside plain JavaScript"],
    why:
      "the plain JavaScript here is blocked, packed and computes all steps at once; the one that the target was set " +
      "beside reached 12.5 thousand tokens/s at best",
  },
  {
    of: ["W2 beside the best web library"],
    why:
      "jax-js reached 5.9 thousand tokens/s where the target was set and is faster on this processor: ten times what " +
      "it reaches here is some four fifths of the peak, more than tanh, softmax and packing leave",
  },
  {
    of: ["W3", "W6"].map((name) => `${name} beside the best web library`),
    why:
      "jax-js is twice as fast on this processor as where the target was set (2 thousand tokens/s at W3, 1.5 thousand " +
      "sequences/s at W6): ten times what it reaches here would exceed the peak",
  },
  {
    of: ["W5 beside onnxruntime"],
    why:
      "onnxruntime's native product uses vectors of 512 bits, which WebAssembly does not have: it reaches about the " +
      "whole peak of vectors of 128 bits, so 1.2 times as much is beyond that peak",
  },
  {
    of: ["W2 with 2 workers"],
    why:
      "a timeline of one update with them, in ms: 11.4 in all, 0.1 packing the batch and posting it, 0.2 until workers have woken and set " +
      "the parameters, 10.3 computing side by side, 0.1 until an answer is heard, 0.2 adding two gradients of 400 kB, " +
      "0.1 the step and writing, 0.1 the loop: about 1 ms is not shared, which bounds two workers at 1.8 beside the " +
      "20.3 ms of one thread; not tried, as it would make the package larger: sending parameters ahead of the batch " +
      "(some 0.1 ms)",
  },
  {
    of: ["W3 with 2 workers"],
    why: "a timeline of one update with them, in ms: 72.6 in all, 70.4 computing side by side, which bounds two workers at 1.94",
  },
  {
    of: ["W2 with 2 workers", "W3 with 2 workers"],
    why:
      "neighbours on the host slow either core to half for seconds, which a loop without memory hardly shows: two " +
      "programs that share nothing bring 1.03 to 2.07 times one here, from one second to the next; tried: smaller " +
      "messages, a FIFO of questions, gradients passed without copying, shards in ascending order to add while others " +
      "compute",
  },
  {
    of: ["denormals, weights and biases of 1e-20, forward", "denormals, weights and biases of 1e-20, train"],
    why:
      "states of 1e-20 times weights of 1e-20 are denormal products, which WebAssembly cannot have the processor take " +
      "for zero; whatever a function is applied to is flushed below 1e-30 already, so states, gradients and " +
      "probabilities that decay cost nothing; a look at each product would double the work of all others",
  },
  {
    of: ["sgd", "rmsprop", "adam"].map((kind) => `denormals, moments and gradients of 1e-40, ${kind}`),
    why:
      "of the update of parameters alone, which is a few % of the time of training: what it reads is denormal, and " +
      "flushing it first would cost every update what this one loses",
  },
  {
    of: ["cliffs of O, forward, B 1", "cliffs of O, forward, B 8"],
    why:
      "`predict` returns new arrays, 3.2 MB for a sequence at O 50,000: whether their memory is at hand or comes from the " +
      "system anew is the engine's collector's doing; O 10,000 takes 1.1 ms in a program of its own, and 2.4 in one that " +
      "predicts other sizes in between",
  },
  {
    of: ["cliffs of O, train, B 1"],
    why:
      "V has 25.6 MB at O 50,000, beyond the caches of one core, and an update of one sequence goes through it several " +
      "times: outputs, gradient of the states, its own gradient, the step",
  },
];
